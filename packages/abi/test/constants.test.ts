// Every constant has the value that the C headers of this machine give it.

import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { constantsOf, hasCompiler } from './c-compiler.ts'
import { headers } from './constant-headers.ts'

const folder = new URL('../src/constants/', import.meta.url)
const files = readdirSync(folder).map(name => name.replace('.ts', ''))

// Macros that only compile inside the kernel, and the limit that is a double here (struct.test.ts).
const needsKernel = new Set(['SIGRTMAX', '_NSIG', 'RLIM_INFINITY'])

// Declared by kernel headers that are not exported, or newer than those of common distributions.
const unseen: Record<string, number> = {}

describe.skipIf(!hasCompiler)('constants agree with <linux/*.h> (needs cc)', () => {
  test.each(files)('%s', async file => {
    const module: Record<string, unknown> = await import(new URL(`${file}.ts`, folder).href)
    const values = Object.entries(module).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    )
    const wanted = values.map(([name]) => name).filter(name => !needsKernel.has(name))
    const found = new Map<string, bigint>()
    for (const list of headers[file] ?? []) {
      for (const [name, value] of constantsOf(list, wanted)) {
        if (!found.has(name)) found.set(name, value)
      }
    }
    for (const [name, value] of values) {
      const expected = found.get(name)
      if (expected === undefined) {
        unseen[name] = value
        continue
      }
      // C's int and our unsigned value of the same 32 bits are the same flags.
      const same =
        expected === BigInt(value) ||
        BigInt.asUintN(32, expected) === BigInt.asUintN(64, BigInt(value))
      expect(same, `${file}: ${name} is ${value}, in C ${expected}`).toBe(true)
    }
    expect(found.size, 'constants found in headers').toBeGreaterThan(0)
  })

  test('few constants are in no header here', () => {
    expect(Object.keys(unseen).length).toBeLessThan(100)
  })
})
