// A short soak; bench/soak.ts has the long one. (runsc tests)

import { expect, it } from 'vitest'
import { installed } from '../sandbox.ts'
import { soak } from './soak.ts'

it.skipIf(!installed('busybox'))(
  'containers that end in every way leave nothing behind',
  async () => {
    const seed = Number(process.env['SOAK_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
    const { memoryBytes: _, ...leaks } = await soak({ serial: 12, parallel: 6, seed })
    expect(leaks, `SOAK_SEED=${seed}`).toEqual({
      processes: [],
      mounts: [],
      cgroups: [],
      sockets: [],
      files: [],
      failures: [],
    })
  },
)
