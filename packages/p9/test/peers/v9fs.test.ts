// Linux's own 9P client, in a guest under qemu, with our server. P9_PEERS=all tries every cache mode,
// tree and transport, others one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../src/node/index.ts'
import { check, obstacle } from './v9fs/guest.ts'
import { type TreeName, trees } from './v9fs/trees.ts'

const why = obstacle()
const CACHES = ['none', 'loose', 'mmap'] as const
const names = Object.keys(trees) as TreeName[]
const every = names.flatMap(tree =>
  CACHES.flatMap(cache => (['tcp', 'unix'] as const).map(net => ({ tree, cache, net }))),
)

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'p9-v9fs-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const wanted = process.env['P9_PEERS'] === 'all' ? every : every.slice(0, 1)
// New files belong to the users of the guest, which only root can see to on the host.
const runs = wanted.map(run =>
  run.tree === 'host' && process.getuid?.() !== 0 ? { ...run, tree: 'objects' as const } : run,
)
// Vitest would put what it fills in into quotes, and no `-t 'over unix'` would find it.
const named = runs.map(run => [`${run.tree}, cache=${run.cache}, over ${run.net}`, run] as const)

describe.skipIf(why !== undefined)(`Linux v9fs ${why === undefined ? '' : `(${why})`}`, () => {
  it.each(named)('%s', { timeout: 600_000 }, async (_title, run) => {
    const bugs: unknown[] = []
    const tree = trees[run.tree](dir)
    const at = run.net === 'tcp' ? 'tcp!127.0.0.1!0' : `unix!${dir}-socket`
    const server = await listen(tree as ReturnType<(typeof trees)['host']>, at, {
      onBug: error => bugs.push(error),
    })
    try {
      const options = `msize=131072,access=user,cache=${run.cache},uname=root,aname=/`
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
