// Hooks of config.json: when they run, what they read, what their failure does. (runsc tests)

import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { SpecHook, SpecHooks } from '@tsvisor/oci-spec'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runHook } from '../../src/container/hook-process.ts'
import type { PublicState } from '../../src/state/record.ts'
import { Containers } from './containers.ts'

let containers: Containers
let script: string
let log: string
beforeAll(() => {
  containers = new Containers()
  log = join(containers.root, 'hooks')
  script = join(containers.root, 'hook')
  writeFileSync(
    script,
    `#!/bin/sh
state=$(cat)
member() { echo "$state" | sed "s/.*\\"$1\\":\\"\\{0,1\\}\\([a-z0-9]*\\).*/\\1/"; }
echo "$1 $(member status) $([ "$(member pid)" -gt 0 ] && kill -0 "$(member pid)" 2>/dev/null && echo alive) $FOO\${HOME-}" >>${log}
case $2 in fail) echo "it broke"; exit 3 ;; slow) sleep 300 ;; esac
`,
  )
  chmodSync(script, 0o755)
})
afterAll(() => containers.remove())
beforeEach(() => rmSync(log, { force: true }))

const hook = (...args: string[]): SpecHook => ({
  path: script,
  args: ['hook', ...args],
  env: ['FOO=bar'],
})
const logged = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
const bundle = (hooks: SpecHooks) =>
  containers.bundle('echo hi', spec => {
    spec.hooks = hooks
  })
const HOST = ['prestart', 'createRuntime', 'createContainer', 'poststart', 'poststop'] as const
const all = () => Object.fromEntries(HOST.map(kind => [kind, [hook(kind)]])) as SpecHooks

describe('hooks on the host', () => {
  it('run in their order, with the state on stdin and their own environment', async () => {
    const path = bundle(all())
    await containers.ok('create', '-b', path, 'c')
    expect(logged()).toEqual([
      'prestart creating alive bar',
      'createRuntime creating alive bar',
      'createContainer creating alive bar',
    ])
    await containers.ok('start', 'c')
    expect(logged()[3]).toMatch(/^poststart running (alive)? ?bar$/)
    await containers.until('c', 'stopped')
    await containers.ok('delete', 'c')
    expect(logged()[4]).toBe('poststop stopped  bar')
  })

  it('one that fails ends the creation: nothing is left, poststop runs', async () => {
    const createRuntime = [hook('first'), hook('second', 'fail'), hook('third')]
    const path = bundle({ ...all(), createRuntime })
    expect(await containers.run('create', '-b', path, 'c')).toEqual({
      stdout: '',
      stderr: `runsc: createRuntime hook #1 (${script}): exit status 3: it broke\n`,
      status: 1,
    })
    expect(logged().map(line => line.split(' ')[0])).toEqual([
      'prestart',
      'first',
      'second',
      'poststop',
    ])
    expect(await containers.ok('list', '-q')).toBe('')
  })

  it('one that takes too long is killed', async () => {
    const path = bundle({ prestart: [{ ...hook('slow', 'slow'), timeout: 1 }] })
    const { stderr, status } = await containers.run('run', '-b', path, 'c')
    expect(stderr).toBe(`runsc: prestart hook #0 (${script}): killed: took longer than 1 s\n`)
    expect(status).toBe(128)
    expect(await containers.ok('list', '-q')).toBe('')
  })

  it('one that is not there is named', async () => {
    const path = bundle({ prestart: [{ path: '/nowhere/hook' }] })
    const { stderr } = await containers.run('create', '-b', path, 'c')
    expect(stderr).toMatch(/^runsc: prestart hook #0 \(\/nowhere\/hook\): .*ENOENT\n$/)
  })

  it('poststart and poststop may fail: a warning in the log', async () => {
    const path = bundle({
      poststart: [hook('a', 'fail')],
      poststop: [hook('b', 'fail'), hook('c')],
    })
    const file = join(containers.root, 'log')
    const globals = ['--ignore-cgroups', '--log', file, '--log-format', 'json']
    const { stdout, status } = await containers.runWith({ globals }, 'run', '-b', path, 'c')
    expect({ stdout, status }).toEqual({ stdout: 'hi\n', status: 0 })
    const entries = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(entries.map(({ level, msg }) => [level, msg])).toEqual([
      ['warning', `poststart hook #0 (${script}): exit status 3: it broke`],
      ['warning', `poststop hook #0 (${script}): exit status 3: it broke`],
    ])
    expect(logged().map(line => line[0])).toEqual(['a', 'b', 'c'])
  })
})

it('why one failed is heard when another child ends just before it', async () => {
  const args = ['sh', '-c', 'sleep 0.4; echo it broke >&2; exit 3']
  const state = {} as PublicState
  const failed = runHook('hook', { path: '/bin/sh', args }, state, { directory: '/' })
  const other = spawn('echo', ['x'])
  const block = (milliseconds: number) =>
    void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  // Its output and its SIGCHLD are there when Node looks next; the hook's only when it has looked.
  other.stdout.once('data', () => block(500))
  block(200)
  await expect(failed).rejects.toThrow('hook (/bin/sh): exit status 3: it broke')
})

it('startContainer hooks run inside, before the program', async () => {
  const path = containers.bundle('cat /tmp/hooked', spec => {
    const args = ['sh', '-c', 'cat >/tmp/state; echo "in the guest" >/tmp/hooked']
    spec.hooks = { startContainer: [{ path: '/bin/sh', args, env: ['PATH=/bin'] }] }
  })
  expect(await containers.ok('run', '-b', path, 'c')).toBe('in the guest\n')
})

describe.skipIf(process.getuid!() !== 0)('(root) what hooks mount', () => {
  const shell = (line: string): SpecHook => ({ path: '/bin/sh', args: ['sh', '-c', line] })

  it('is seen by the container, and by nobody else', async () => {
    const { root } = containers
    const places = ['one', 'two', 'volume/three']
    for (const place of [...places, 'own', 'other'])
      mkdirSync(join(root, place), { recursive: true })
    for (const from of ['own', 'other']) writeFileSync(join(root, from, 'file'), 'of a hook')
    const rootfs = containers.bundles.rootfs
    for (const name of ['one', 'two']) mkdirSync(join(rootfs, name), { recursive: true })
    const path = containers.bundle(
      'cat /one/file two/file /volume/three/file; touch /two/x',
      spec => {
        spec.hooks = {
          createRuntime: [
            shell(
              `pid=$(sed 's/.*"pid":\\([0-9]*\\).*/\\1/'); nsenter -m -t $pid mount --bind ${root}/own ${rootfs}/one`,
            ),
          ],
          createContainer: [
            shell(`mount --bind ${root}/other two && mount -o remount,bind,ro two`),
            shell(`mount --bind ${root}/own ${root}/volume/three`),
          ],
        }
        spec.mounts!.push({
          ...{ destination: '/volume', type: 'bind', source: join(root, 'volume') },
          options: ['rbind'],
        })
      },
    )
    const { stdout, stderr } = await containers.run('run', '-b', path, 'mounted')
    expect([stdout, stderr]).toEqual([
      'of a hook'.repeat(3),
      'touch: /two/x: Read-only file system\n',
    ])
    for (const place of [join(rootfs, 'one'), join(rootfs, 'two'), join(root, 'volume/three')])
      expect(readdirSync(place)).toEqual([])
  })
})
