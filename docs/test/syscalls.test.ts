// The table of system calls is up to date.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { syscallTable } from '../syscalls.ts'

it('docs/syscalls.md is what docs/syscalls.ts prints', () => {
  const file = new URL('../syscalls.md', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(syscallTable())
})
