// The README's example prints what the README says.

import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('the example of the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, code, output] = readme.match(/```ts\n([\s\S]*?)```\n\nprints\n\n```\n([\s\S]*?)```/)!
  const file = fileURLToPath(new URL(`./readme-${process.pid}.tmp.ts`, import.meta.url))
  writeFileSync(file, code!)
  try {
    const args = ['--conditions=tsvisor-source', '--import', 'tsx', file]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe(output)
  } finally {
    rmSync(file)
  }
})
