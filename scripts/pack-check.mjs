#!/usr/bin/env node
// Packs every package as it would be published, installs all into an empty folder, and uses them
// from there; as root also as an ordinary user. Needs their builds. Run: pnpm build && pnpm pack-check

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMain, main, ROOT, run, SetupError } from './setup.mjs'

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

/** What the README of p9 starts with, at a free port: its server, which our command then reads. */
const SERVED = `
port=$(node -p "require('net').createServer().listen(0).unref().address().port")
sed "s/5640/$port/" >serve.mjs
node serve.mjs & trap 'kill $!' EXIT
for try in $(seq 50); do
  npx --no-install @tsvisor/p9 cat "tcp!127.0.0.1!$port" /hello && exit
  sleep 0.1
done 2>refused
cat refused >&2
exit 1`

/** Arguments of `npx @tsvisor/runsc`, in a folder with a bundle → the first line that it prints. */
const COMMANDS = [
  [['--version'], `runsc version ${version('runsc')}`],
  [['do', 'echo', 'hello'], 'hello'],
  [['do', 'bash', '-c', 'echo $(uname) $((6 * 7))'], 'Linux 42'],
  [['run', 'bundle/'], 'from a bundle'],
]

/** As whom root tries it, too: Linux's "nobody". */
const ORDINARY = 65534

function version(name) {
  return JSON.parse(readFileSync(join(ROOT, 'packages', name, 'package.json'), 'utf8')).version
}

/** The first code of a package's README. */
function firstSnippet(name) {
  const readme = readFileSync(join(ROOT, 'packages', name, 'README.md'), 'utf8')
  return /^```ts\n([\s\S]*?)^```/m.exec(readme)[1]
}

function install(folder) {
  const packs = join(folder, 'packs')
  mkdirSync(packs)
  const packages = readdirSync(join(ROOT, 'packages')).map(name => join(ROOT, 'packages', name))
  const unbuilt = packages.filter(directory => !existsSync(join(directory, 'dist')))
  if (unbuilt.length > 0) throw new SetupError(`not built: ${unbuilt.join(', ')}; run: pnpm build`)
  run('npm', ['pack', '--silent', '--pack-destination', packs, ...packages])
  const files = readdirSync(packs).map(name => `./packs/${name}`)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...quiet, ...files], { cwd: folder })
}

/** Makes a home with a bundle below the folder, and returns npx as that user has it. */
function home(folder, uid) {
  const directory = join(folder, `home-${uid}`)
  const bundle = join(directory, 'bundle')
  mkdirSync(bundle, { recursive: true })
  const { XDG_RUNTIME_DIR: _, ...rest } = process.env
  const options = { cwd: directory, env: { ...rest, HOME: directory } }
  if (uid !== process.getuid()) {
    run('chown', ['-R', `${uid}:${uid}`, directory])
    Object.assign(options, { uid, gid: uid })
  }
  const npx = args => run('npx', ['--no-install', '@tsvisor/runsc', ...args], options)
  npx(['spec', '-b', 'bundle'])
  const file = join(bundle, 'config.json')
  const spec = JSON.parse(readFileSync(file, 'utf8'))
  spec.root = { path: '/', readonly: true }
  Object.assign(spec.process, { terminal: false, args: ['echo', 'from a bundle'] })
  writeFileSync(file, JSON.stringify(spec))
  return npx
}

if (isMain(import.meta.url)) {
  await main(() => {
    const folder = mkdtempSync(join(tmpdir(), 'tsvisor-packs-'))
    chmodSync(folder, 0o755)
    let uses = 0
    let failures = 0
    const expect = (what, found, wanted) => {
      uses++
      if (found === wanted) return
      failures++
      console.error(`${what}\nprinted ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`)
    }
    try {
      install(folder)
      for (const [i, program] of PROGRAMS.entries()) {
        const args = ['--input-type=module', '--eval', program]
        expect(program, run(process.execPath, args, { cwd: folder }).trim(), EXPECTED[i])
      }
      const served = run('sh', ['-c', SERVED], { cwd: folder, input: firstSnippet('p9') })
      expect('the README of p9', served, 'Hello, world\n')
      const me = process.getuid()
      for (const uid of me === 0 ? [me, ORDINARY] : [me]) {
        const npx = home(folder, uid)
        for (const [args, wanted] of COMMANDS) {
          const found = npx(args).split('\n')[0]
          expect(`npx @tsvisor/runsc ${args.join(' ')} (as user ${uid})`, found, wanted)
        }
      }
      console.log(`${uses - failures} of ${uses} uses as expected`)
      return failures === 0 ? 0 : 1
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
