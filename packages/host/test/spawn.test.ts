// Programs that are started by a clone in machine code. (host test)

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

/** Runs it in a Node of its own; what it leaves behind keeps the pipe of its output open. */
const inNode = (source: string) => {
  const flags = ['--conditions=tsvisor-source', '--import', 'tsx', '--input-type=module']
  return spawnSync(process.execPath, [...flags, '-e', source], {
    ...{ cwd: new URL('..', import.meta.url), encoding: 'utf8', timeout: 60_000 },
  })
}

const START = `
  const spawned = host.spawn({
    file: '/bin/sh',
    args: ['sh', '-c', 'echo started'],
    env: {},
    fds: [undefined, 1],
    namespaces: 0,
  })`

it('starts a program', () => {
  const { stdout, status } = inNode(`
    const host = await import('@tsvisor/host')${START}
    host.wait4(spawned.pid, 0)
    spawned.release()
    console.log(host.waitStatus())`)
  expect({ stdout, status }).toEqual({ stdout: 'started\n0\n', status: 0 })
})

it('throws what keeps it from a network that it is to be in', () => {
  const { stdout } = inNode(`
    const host = await import('@tsvisor/host')
    const { openSync } = await import('node:fs')
    const network = openSync('/dev/null')
    const options = { file: '/bin/true', args: ['true'], env: {}, fds: [], namespaces: 0, network }
    try { host.spawn(options) } catch (error) { console.log(error.name) }`)
  expect(stdout).toBe('EINVAL\n')
})

it('does not wait for ever when whoever starts it is killed meanwhile', () => {
  // The one byte that lets the child go on is what kills.
  const { stdout, signal } = inNode(`
    const host = await import('@tsvisor/host')
    host.installSeccomp(host.assembleBpf([
      { op: 'load', offset: host.SECCOMP_DATA.nr },
      { op: 'jeq', value: host.NR.write, no: 'ok' },
      { op: 'load', offset: host.SECCOMP_DATA.arg(2) },
      { op: 'jeq', value: 1, no: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.KILL_PROCESS },
      { op: 'label', name: 'ok' },
      { op: 'return', value: host.SECCOMP_RET.ALLOW },
    ]))${START}`)
  expect({ stdout, signal }).toEqual({ stdout: 'started\n', signal: 'SIGSYS' })
})
