// The example runs, and prints what its README shows.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultSpec } from '@tsvisor/oci-spec'
import { expect, it } from 'vitest'

const EXAMPLE = fileURLToPath(new URL('../validate-config.ts', import.meta.url))

function validate(config: unknown): { stdout: string; status: number | null } {
  const dir = mkdtempSync(join(tmpdir(), 'example-'))
  try {
    const file = join(dir, 'config.json')
    writeFileSync(file, JSON.stringify(config))
    const args = ['--conditions=tsvisor-source', '--import', 'tsx', EXAMPLE, file]
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    return { stdout, status }
  } finally {
    rmSync(dir, { recursive: true })
  }
}

it('says that a configuration is valid', () => {
  expect(validate(defaultSpec())).toEqual({ stdout: 'valid: it runs sh\n', status: 0 })
})

it('says what is wrong', () => {
  const spec = defaultSpec()
  spec.process!.cwd = 'home'
  expect(validate(spec)).toEqual({
    stdout: 'process.cwd: expected an absolute path, found string "home"\n',
    status: 1,
  })
})
