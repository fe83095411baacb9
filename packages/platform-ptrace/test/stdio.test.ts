// The standard descriptors of a sandbox process when the kernel takes them. (platform-ptrace test)

import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'

it('stay occupied, and stderr stays what it was', () => {
  const source = `
    import * as host from '@tsvisor/host'
    import { PtracePlatform } from './src/index.ts'
    const platform = new PtracePlatform()
    const files = [0, 1, 2].map(fd => platform.openHostFile(fd, 'stdio ' + fd))
    const bytes = new Uint8Array(16)
    const text = files[0].read(bytes, -1)
    files[1].write(bytes.subarray(0, text), -1)
    for (const file of files) file.close()
    const next = host.eventfd(0)
    host.write(1, bytes.subarray(0, text))
    host.write(2, Uint8Array.of(next > 2 ? 89 : 78))
    platform.shutdown()
    process.reallyExit(0)`
  const args = [
    '--conditions=tsvisor-source',
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    source,
  ]
  const cwd = new URL('..', import.meta.url)
  const done = spawnSync(process.execPath, args, { cwd, input: 'hello', encoding: 'utf8' })
  expect(done.stdout).toBe('hello')
  expect(done.stderr).toBe('Y')
})
