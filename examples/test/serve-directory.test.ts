// The 9P example reads what is in the directory, and changes nothing.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runExample } from './run.ts'

it('lists and reads a directory that is served read-only', () => {
  const dir = mkdtempSync(join(tmpdir(), 'example-'))
  try {
    writeFileSync(join(dir, 'greeting'), 'hello\n')
    mkdirSync(join(dir, 'sub'))
    const { stdout, stderr, status } = runExample('serve-directory.ts', dir)
    expect(stdout).toMatch(
      /^greeting: file, 6 bytes\nhello\nsub: directory, \d+ bytes\nP9Error: EROFS: new\n$/,
    )
    expect(stderr).toMatch(/^Twalk \d+ fid #\d+ newfid #\d+ wname \["greeting"\]$/m)
    expect(status).toBe(0)
    expect(readdirSync(dir).sort()).toEqual(['greeting', 'sub'])
  } finally {
    rmSync(dir, { recursive: true })
  }
})
