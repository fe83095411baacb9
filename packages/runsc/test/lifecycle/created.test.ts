// Between create and start: what the host prepares in the meantime. (runsc tests)

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Containers } from './containers.ts'

let containers: Containers
beforeAll(() => {
  containers = new Containers()
})
afterAll(() => containers.remove())

it('a created container sees what the host changes in its root before the start', async () => {
  const { rootfs } = containers.bundles
  const file = (name: string) => join(rootfs, 'etc', name)
  writeFileSync(file('removed'), '')
  writeFileSync(file('changed'), 'old')
  const script = '(cat /etc/added/file /etc/changed; ls /etc) >/root/out 2>&1'
  const bundle = containers.bundle(script, spec => {
    // A mount there makes the runtime look into the directory.
    for (const name of ['a', 'b', 'c', 'd'])
      spec.mounts!.push({ type: 'tmpfs', source: 'tmpfs', destination: `/etc/${name}` })
  })
  await containers.ok('create', '-b', bundle, 'c')
  rmSync(file('removed'))
  mkdirSync(file('added'))
  writeFileSync(file('added/file'), 'added\n')
  writeFileSync(file('changed'), 'new and longer\n')
  await containers.ok('start', 'c')
  await containers.until('c', 'stopped')
  const seen = readFileSync(join(rootfs, 'root/out'), 'utf8').split('\n')
  expect(seen).toEqual([
    'added',
    'new and longer',
    'a',
    'added',
    'b',
    'c',
    'changed',
    'd',
    'passwd',
    '',
  ])
})
