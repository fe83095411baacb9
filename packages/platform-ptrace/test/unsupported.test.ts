// On a host that forbids what we need, one line says what to change. (platform-ptrace test)

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

const packageDirectory = new URL('..', import.meta.url)

/** Runs a program with tsx; stdout. */
const run = (source: string): string => {
  const args = [
    '--conditions=tsvisor-source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    source,
  ]
  const done = spawnSync(process.execPath, args, { cwd: packageDirectory, encoding: 'utf8' })
  expect(done.stderr).toBe('')
  return done.stdout
}

const TRY = `
  const { PtracePlatform } = await import('./src/index.ts')
  try { new PtracePlatform(); console.log('started') }
  catch (error) { console.log(error.name + ': ' + error.message) }
  process.exit(0)`

it.each(['ptrace', 'clone', 'seccomp'])('%s forbidden', name => {
  const out = run(`
    const host = await import('@tsvisor/host')
    await import('./src/index.ts')
    host.installSeccomp(host.assembleBpf([
      { op: 'load', offset: host.SECCOMP_DATA.nr },
      { op: 'jeq', value: host.NR.${name}, no: 'ok' },
      // Threads of Node itself must still start: only a clone without CLONE_VM is refused.
      { op: 'load', offset: host.SECCOMP_DATA.arg(0) },
      { op: 'jset', value: 0x100, yes: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.ERRNO | 1 },
      { op: 'label', name: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.ALLOW },
    ]))
    ${TRY}`)
  expect(out).toMatch(/^PlatformUnsupportedError: the host refuses .*\(errno 1\): allow ptrace/)
  expect(out.trim().split('\n').length).toBe(1)
})

it.runIf(process.getuid!() === 0)('no /proc (needs root)', () => {
  const out = run(`
    const host = await import('@tsvisor/host')
    await import('./src/index.ts')
    host.unshare(0x20000)
    host.mount(undefined, '/', undefined, 0x44000, undefined)
    host.mount('tmpfs', '/proc', 'tmpfs', 0, undefined)
    ${TRY}`)
  expect(out).toBe(
    'PlatformUnsupportedError: the ptrace platform needs /proc mounted when it starts\n',
  )
})
