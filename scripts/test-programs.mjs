// The programs that tests compare with: from this machine, else from Debian packages in .cache.

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CACHE, run } from './setup.mjs'

/** Program on the PATH → Debian package that has it. */
const PROGRAMS = {
  cc: ['gcc', 'libc6-dev'],
  'g++': ['g++'],
  make: ['make'],
  busybox: ['busybox-static'],
  bash: ['bash'],
  perl: ['perl'],
  python3: ['python3-minimal', 'libpython3-stdlib', 'python3'],
  git: ['git'],
  xz: ['xz-utils'],
  awk: ['mawk'],
  script: ['bsdutils'],
}

const isThere = program => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0

export const missingPrograms = () => Object.keys(PROGRAMS).filter(name => !isThere(name))

/**
 * Looks for the programs; fetches those that are missing where apt can, without installing them.
 * Adds their directory to PATH. Returns the names of those that cannot be had.
 */
export function prepareTestPrograms() {
  const root = join(CACHE, 'debian')
  const bin = join(root, 'bin')
  const path = process.env.PATH
  if (existsSync(bin)) process.env.PATH = `${path}${delimiter}${bin}`
  const missing = missingPrograms()
  if (missing.length === 0 || !isThere('apt-get') || !isThere('dpkg')) return missing
  console.log(`fetching test programs: ${missing.join(', ')}`)
  try {
    fetchPackages(
      missing.flatMap(name => PROGRAMS[name]),
      root,
    )
    linkPrograms(missing, root, bin)
    process.env.PATH = `${path}${delimiter}${bin}`
  } catch (error) {
    console.error(`cannot fetch them: ${error.message}`)
  }
  return missingPrograms()
}

/** Downloads the packages, and those that they need and this machine lacks, and unpacks them. */
function fetchPackages(packages, root) {
  const downloads = join(root, 'packages')
  mkdirSync(downloads, { recursive: true })
  const plan = run('apt-get', ['--simulate', '--no-install-recommends', 'install', ...packages])
  const needed = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name)
  run('apt-get', ['download', ...new Set([...needed, ...packages])], { cwd: downloads })
  for (const file of readdirSync(downloads).filter(name => name.endsWith('.deb'))) {
    run('dpkg', ['-x', join(downloads, file), root])
  }
}

/** Puts a small script for each program on the PATH: its libraries and headers are below root. */
function linkPrograms(programs, root, bin) {
  mkdirSync(bin, { recursive: true })
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map(dir => join(root, dir))
  for (const program of programs) {
    const file = { cc: 'gcc', awk: 'mawk' }[program] ?? program
    const target = ['usr/bin', 'bin'].map(dir => join(root, dir, file)).find(existsSync)
    if (target === undefined) continue
    const sysroot = program === 'cc' || program === 'g++' ? ` --sysroot='${root}'` : ''
    const text = `#!/bin/sh\nexport LD_LIBRARY_PATH='${libraries.join(':')}'\nexec '${target}'${sysroot} "$@"\n`
    writeFileSync(join(bin, program), text)
    chmodSync(join(bin, program), 0o755)
  }
}
