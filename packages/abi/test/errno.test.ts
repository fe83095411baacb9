// Error numbers and messages agree with the C library.

import { describe, expect, test } from 'vitest'
import * as abi from '../src/index.ts'
import { hasCompiler, runC } from './c-compiler.ts'

const errnos = Object.entries(abi).filter(
  (entry): entry is [string, abi.Errno] => entry[1] instanceof abi.Errno,
)

describe.skipIf(!hasCompiler)('errno agrees with C (needs cc)', () => {
  // The restart codes live in the kernel alone.
  const visible = errnos.filter(([, { code }]) => code < 512)
  const body = visible.map(([name]) => `printf("${name} %d %s\\n", ${name}, strerror(${name}));`)
  test.each(visible)('%s', (name, errno) => {
    expect(lines.get(name)).toEqual(`${errno.code} ${errno.message}`)
  })
  const lines = new Map(
    (hasCompiler
      ? runC(
          `#include <errno.h>\n#include <stdio.h>\n#include <string.h>\nint main(void) {${body.join('\n')}}`,
        )
      : []
    ).map(([name, ...rest]) => [name!, rest.join(' ')]),
  )
})

test('an error is one constant without a stack', () => {
  expect(abi.Errno.of(2)).toBe(abi.ENOENT)
  expect(abi.EAGAIN).toBe(abi.EWOULDBLOCK)
  expect(abi.ENOENT.stack?.split('\n').length ?? 0).toBeLessThanOrEqual(1)
  expect(String(abi.ENOENT)).toBe('ENOENT: No such file or directory')
})
