// wait: while a container runs, and when it has ended. (runsc tests)

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kill } from '../processes.ts'
import { Containers, LOOP } from './containers.ts'

let containers: Containers
beforeAll(() => void (containers = new Containers()))
afterAll(() => containers.remove())

const wait = async (id: string) => JSON.parse(await containers.ok('wait', id))

describe('the exit status', () => {
  it('of one that runs', async () => {
    await containers.ok('run', '-d', '-b', containers.bundle('sleep 1; exit 3'), 'a')
    expect(await wait('a')).toEqual({ id: 'a', exitStatus: 3 })
  })

  it('of one that has ended, as often as it is asked for', async () => {
    await containers.ok('run', '-d', '-b', containers.bundle('exit 42'), 'b')
    await containers.until('b', 'stopped')
    expect(await wait('b')).toEqual({ id: 'b', exitStatus: 42 })
    expect(await wait('b')).toEqual({ id: 'b', exitStatus: 42 })
  })

  it('of one that was killed before it started', async () => {
    await containers.ok('create', '-b', containers.bundle('true'), 'c')
    await containers.ok('kill', 'c', 'KILL')
    await containers.until('c', 'stopped')
    expect(await wait('c')).toEqual({ id: 'c', exitStatus: 137 })
  })

  it('of one that ran in the foreground and was kept', async () => {
    expect(
      (await containers.run('run', '--keep', '-b', containers.bundle('exit 5'), 'd')).status,
    ).toBe(5)
    expect(await wait('d')).toEqual({ id: 'd', exitStatus: 5 })
  })

  it('is known to nobody when the sandbox was killed', async () => {
    await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 'e')
    kill((await containers.stateOf('e'))!.pid, 'SIGKILL')
    await containers.until('e', 'stopped')
    expect((await containers.run('wait', 'e')).stderr).toBe(
      'runsc: container not running: it was killed from outside\n',
    )
  })
})

it('containers of the same name, below two roots, have a cgroup each', async () => {
  const other = new Containers()
  const bundle = (of: Containers) =>
    of.bundle(LOOP, spec => void (spec.linux = { ...spec.linux, cgroupsPath: undefined as never }))
  for (const each of [containers, other]) await each.ok('run', '-d', '-b', bundle(each), 'same')
  await other.remove()
  expect((await containers.stateOf('same'))!.status).toBe('running')
  await containers.ok('delete', '--force', 'same')
})
