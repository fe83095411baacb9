// The programs that tests compare with: from this machine, else from Debian packages in .cache.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
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
  // Not the packages' own bin.
  const bin = join(root, 'wrappers')
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
  rmSync(downloads, { recursive: true })
  linkInstalled(root)
}

/** The compiler links against libraries of its own root; these are never missing on a machine. */
function linkInstalled(root) {
  for (const name of INSTALLED_LIBRARIES) {
    const here = join('/', name)
    const there = join(root, name)
    if (!existsSync(here) || existsSync(there)) continue
    mkdirSync(dirname(there), { recursive: true })
    symlinkSync(here, there)
  }
}

const INSTALLED_LIBRARIES = [
  'lib64/ld-linux-x86-64.so.2',
  'lib/x86_64-linux-gnu/libc.so.6',
  'lib/x86_64-linux-gnu/libgcc_s.so.1',
  'lib/x86_64-linux-gnu/libm.so.6',
  'lib/x86_64-linux-gnu/libmvec.so.1',
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6',
]

/** Puts a small script for each program on the PATH: its libraries and headers are below root. */
function linkPrograms(programs, root, bin) {
  mkdirSync(bin, { recursive: true })
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map(dir => join(root, dir))
  for (const program of programs) {
    const file = { cc: 'gcc', awk: 'mawk' }[program] ?? program
    const target = ['usr/bin', 'bin'].map(dir => join(root, dir, file)).find(existsSync)
    if (target === undefined) continue
    const sysroot = program === 'cc' || program === 'g++' ? ` --sysroot='${root}'` : ''
    const text = [
      '#!/bin/sh',
      `export LD_LIBRARY_PATH='${libraries.join(':')}' GIT_EXEC_PATH='${root}/usr/lib/git-core'`,
      `PATH='${root}/usr/bin':"$PATH" exec '${target}'${sysroot} "$@"\n`,
    ].join('\n')
    writeFileSync(join(bin, program), text)
    chmodSync(join(bin, program), 0o755)
  }
}
