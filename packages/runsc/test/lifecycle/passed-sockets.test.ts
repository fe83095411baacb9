// Sockets given with --preserve-fds and LISTEN_FDS: to the guest they are what they are natively. (runsc tests)

import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile, installed, native, type Outcome } from '../sandbox.ts'
import { Containers, RUNSC } from './containers.ts'

let containers: Containers
beforeAll(() => {
  containers = new Containers()
})
afterAll(() => containers.remove())

describe.skipIf(!installed('cc'))('a program with sockets of the host (needs cc)', () => {
  const source = './lifecycle/passed-sockets.c'

  /** What the program sees, and its client outside. */
  function served(command: readonly string[]): { seen: Outcome; client: string } {
    const [path, log] = [join(containers.root, 'socket'), join(containers.root, 'log')]
    rmSync(path, { force: true })
    const seen = native([compile(source), 'give', path, log, ...command])
    return { seen, client: readFileSync(log, 'utf8') }
  }
  const runsc = (...args: readonly string[]): string[] => [
    ...RUNSC,
    ...['--root', containers.state],
    ...args,
  ]
  const bundle = (): string => {
    copyFileSync(compile(source), join(containers.bundles.rootfs, 'bin/serve'))
    return containers.bundle('exec serve serve')
  }
  let expected: ReturnType<typeof served>
  beforeAll(() => {
    expected = served([compile(source), 'serve'])
    expect(expected.seen.status).toBe(0)
  })

  it('run --preserve-fds', () => {
    expect(served(runsc('run', '--preserve-fds', '3', '-b', bundle(), 'r'))).toEqual(expected)
  })

  it('exec --preserve-fds', async () => {
    const sleeper = containers.bundle('sleep 100')
    await containers.ok('run', '-d', '-b', sleeper, 'e')
    copyFileSync(compile(source), join(containers.bundles.rootfs, 'bin/serve'))
    expect(served(runsc('exec', '--preserve-fds', '3', 'e', 'serve', 'serve'))).toEqual(expected)
  })

  it('LISTEN_FDS', () => {
    const script = 'export LISTEN_FDS=3 LISTEN_PID=$$; exec "$@"'
    const activated = ['sh', '-c', script, 'sh', ...runsc('run', '-b', bundle(), 'l')]
    expect(served(activated)).toEqual(expected)
  })
})
