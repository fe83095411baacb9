// Mounts of our server by Linux's own 9P client, in a guest under qemu; each is a test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../../src/node/index.ts'
import { check, obstacle } from './guest.ts'
import { type TreeName, trees } from './trees.ts'

export interface Mount {
  readonly tree: TreeName
  readonly cache: 'none' | 'loose' | 'mmap'
  readonly net: 'tcp' | 'unix'
}

const CACHES = ['none', 'loose', 'mmap'] as const
const names = Object.keys(trees) as TreeName[]
export const MOUNTS: readonly Mount[] = names.flatMap(tree =>
  CACHES.flatMap(cache => (['tcp', 'unix'] as const).map(net => ({ tree, cache, net }))),
)

/** New files belong to the users of the guest, which only root can see to on the host. */
const possible = (mount: Mount): Mount =>
  mount.tree === 'host' && process.getuid?.() !== 0 ? { ...mount, tree: 'objects' } : mount

export const testMounts = (mounts: readonly Mount[]): void => {
  const why = obstacle()
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'p9-v9fs-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  // Vitest would put what it fills in into quotes, and no `-t 'over unix'` would find it.
  const named = mounts
    .map(possible)
    .map(mount => [`${mount.tree}, cache=${mount.cache}, over ${mount.net}`, mount] as const)
  describe.skipIf(why !== undefined)(`Linux v9fs ${why === undefined ? '' : `(${why})`}`, () => {
    it.each(named)('%s', { timeout: 600_000 }, async (_title, mount) => {
      const bugs: unknown[] = []
      const tree = trees[mount.tree](dir)
      const at = mount.net === 'tcp' ? 'tcp!127.0.0.1!0' : `unix!${dir}-socket`
      const server = await listen(tree as ReturnType<(typeof trees)['host']>, at, {
        onBug: error => bugs.push(error),
      })
      try {
        const options = `msize=131072,access=user,cache=${mount.cache},uname=root,aname=/`
        const out = await check(server.address, options)
        const lines = out.split('\n').filter(line => line !== '')
        expect(lines.filter(line => /^(not ok|# \w+:)/.test(line))).toEqual([])
        const planned = Number(/^1\.\.(\d+)$/m.exec(out)?.[1])
        expect(lines.filter(line => line.startsWith('ok')).length, out).toBe(planned)
        expect(lines).toContain('# unmounted')
        expect(bugs).toEqual([])
      } finally {
        await server.close()
        rmSync(`${dir}-socket`, { force: true })
      }
    })
  })
}
