// Linux is the oracle: each program of oracle/ prints the same natively and in the sandbox.

import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { compile, installed, native, sandboxed } from './sandbox.ts'

const programs = readdirSync(new URL('./oracle', import.meta.url)).filter(name =>
  name.endsWith('.c'),
)

test.skipIf(!installed('cc')).each(programs)('%s', source => {
  const program = compile(`./oracle/${source}`)
  const expected = native([program], { cwd: '/tmp' })
  const actual = sandboxed([program], { cwd: '/tmp' })
  expect(actual.stdout.split('\n')).toEqual(expected.stdout.split('\n'))
  expect(actual.status).toBe(expected.status)
})
