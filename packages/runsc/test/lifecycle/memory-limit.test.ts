// A container that the host kills for want of memory says so. Needs root and a memory cgroup. (runsc tests)

import { existsSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { Containers } from './containers.ts'

const hasLimits =
  process.getuid!() === 0 &&
  (existsSync('/sys/fs/cgroup/memory/memory.limit_in_bytes') ||
    existsSync('/sys/fs/cgroup/memory.max') ||
    existsSync('/sys/fs/cgroup/memory.pressure'))
const LIMIT = 160 << 20

describe.skipIf(!hasLimits)('a memory limit (root, a memory cgroup)', () => {
  const containers = new Containers()
  afterAll(() => containers.remove())

  it('is named when it was the end', async () => {
    const bundle = containers.bundle('head -c 400000000 /dev/zero | tail | wc -c', spec => {
      spec.linux!.resources = { memory: { limit: LIMIT, swap: LIMIT } }
    })
    const { stderr } = await containers.run('run', '-b', bundle, 'c')
    expect(stderr).toContain(
      `out of memory: the host, which holds it to ${LIMIT} bytes of memory, killed `,
    )
  })
})
