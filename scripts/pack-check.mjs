#!/usr/bin/env node
// Packs every package as it would be published, installs all into an empty folder, and uses them
// from there. Needs their builds. Run: pnpm build && pnpm pack-check

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMain, main, pnpmEnvironment, ROOT, run } from './setup.mjs'

/** What must work in a folder that has nothing but the packages. */
const PROGRAMS = [
  `import { ENOENT } from '@tsvisor/abi'
   console.log(ENOENT.message)`,
  `import { defaultSpec } from '@tsvisor/oci-spec'
   console.log(defaultSpec().process.args.join())`,
  `import { Files, memoryPair, ObjectTree, serve } from '@tsvisor/p9'
   const [here, there] = memoryPair()
   serve(new ObjectTree({ motd: 'served' }), there)
   const files = await Files.mount(here)
   console.log(String.fromCharCode(...(await files.readFile('motd'))))
   files.close()`,
  `import { Kernel } from '@tsvisor/sentry-kernel'
   import { Harness } from '@tsvisor/sentry-kernel/testing'
   const harness = new Harness()
   const { status } = harness.run(function* (sys) { return (yield* sys.getpid()) + 6 })
   console.log(harness.kernel instanceof Kernel, status >> 8)`,
  `import { openat, AT_FDCWD, close } from '@tsvisor/host'
   close(openat(AT_FDCWD, '/', 0, 0))
   console.log('opened')`,
  `import { PtracePlatform } from '@tsvisor/platform-ptrace'
   new PtracePlatform().shutdown()
   console.log('started')`,
  `import { serve } from '@tsvisor/gofer'
   console.log(typeof serve)`,
  `import { VERSION } from '@tsvisor/runsc'
   console.log(typeof VERSION)`,
]
const EXPECTED = [
  'No such file or directory',
  'sh',
  'served',
  'true 7',
  'opened',
  'started',
  'function',
  'string',
]

const env = pnpmEnvironment()

function install(folder) {
  const packs = join(folder, 'packs')
  mkdirSync(packs)
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    run('pnpm', ['pack', '--pack-destination', packs], { cwd: join(ROOT, 'packages', name), env })
  }
  const dependencies = Object.fromEntries(
    readdirSync(packs).map(file => [
      file.replace(/^tsvisor-(.*)-[\d.]+\.tgz$/, '@tsvisor/$1'),
      `file:packs/${file}`,
    ]),
  )
  // Packages name each other by version, which no registry has yet.
  const settings = ['onlyBuiltDependencies: [koffi]', 'overrides:']
  for (const [name, file] of Object.entries(dependencies)) settings.push(`  '${name}': ${file}`)
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), `${settings.join('\n')}\n`)
  const manifest = { name: 'empty', private: true, type: 'module', dependencies }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  run('pnpm', ['install', '--prefer-offline'], { cwd: folder, env })
}

if (isMain(import.meta.url)) {
  await main(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tsvisor-packs-'))
    try {
      install(folder)
      let failures = 0
      const expect = (what, found, wanted) => {
        if (found === wanted) return
        failures++
        console.error(`${what}\nprinted ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
      }
      for (const [i, program] of PROGRAMS.entries()) {
        const args = ['--input-type=module', '--eval', program]
        expect(program, run(process.execPath, args, { cwd: folder }).trim(), EXPECTED[i])
      }
      const runsc = join(folder, 'node_modules/.bin/runsc')
      const { version } = JSON.parse(
        readFileSync(join(ROOT, 'packages/runsc/package.json'), 'utf8'),
      )
      expect(
        'runsc --version',
        run(runsc, ['--version']).split('\n')[0],
        `runsc version ${version}`,
      )
      expect('runsc do', run(runsc, ['do', 'echo', 'hello']).trim(), 'hello')
      console.log(`${PROGRAMS.length + 2 - failures} of ${PROGRAMS.length + 2} uses as expected`)
      return failures === 0 ? 0 : 1
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
