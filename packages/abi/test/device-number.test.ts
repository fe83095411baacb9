// Device numbers agree with makedev(3).

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { major, makedev, minor } from '../src/index.ts'
import { hasCompiler, runC } from './c-compiler.ts'

test('major and minor take apart what makedev put together', () => {
  fc.assert(
    fc.property(fc.nat(0xfff), fc.nat(0xfffff), (a, b) => {
      const dev = makedev(a, b)
      expect([major(dev), minor(dev)]).toEqual([a, b])
      expect(dev).toBeGreaterThanOrEqual(0)
    }),
  )
})

test.skipIf(!hasCompiler)('makedev agrees with C (needs cc)', () => {
  const rows = runC(`#include <sys/sysmacros.h>
#include <stdio.h>
int main(void) { printf("%u %u\\n", (unsigned)makedev(136, 70000), (unsigned)makedev(4095, 1048575)); }`)
  expect(rows).toEqual([[String(makedev(136, 70000)), String(makedev(4095, 1048575))]])
})
