// The example runs, and prints what its README shows.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultSpec } from '@tsvisor/oci-spec'
import { expect, it } from 'vitest'
import { type Outcome, runExample } from './run.ts'

function validate(config: unknown): Outcome {
  const dir = mkdtempSync(join(tmpdir(), 'example-'))
  try {
    const file = join(dir, 'config.json')
    writeFileSync(file, JSON.stringify(config))
    return runExample('validate-config.ts', file)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

it('says that a configuration is valid', () => {
  expect(validate(defaultSpec())).toEqual({
    stdout: 'valid: it runs sh\n',
    stderr: '',
    status: 0,
  })
})

it('says what is wrong', () => {
  const spec = defaultSpec()
  spec.process!.cwd = 'home'
  expect(validate(spec)).toEqual({
    stdout: 'process.cwd: expected an absolute path, found string "home"\n',
    stderr: '',
    status: 1,
  })
})
