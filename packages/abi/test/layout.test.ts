// Every struct has the size and the offsets that the C compiler gives it.

import { describe, expect, test } from 'vitest'
import * as abi from '../src/index.ts'
import { hasCompiler, runC } from './c-compiler.ts'
import { layouts } from './layouts.ts'

const byName = abi as unknown as Record<string, abi.AnyStruct>
const isStruct = (value: unknown): value is abi.AnyStruct =>
  typeof value === 'object' && value !== null && 'fields' in value && 'encode' in value

const declared = Object.entries(abi).filter((entry): entry is [string, abi.AnyStruct] =>
  isStruct(entry[1]),
)

test('every struct is in the list', () => {
  const listed = layouts.flatMap(group => Object.keys(group.structs))
  expect(listed.sort()).toEqual(declared.map(([name]) => name).sort())
})

describe.skipIf(!hasCompiler)('structs agree with C (needs cc)', () => {
  test.each(layouts.map(group => [Object.keys(group.structs).join(' '), group] as const))(
    '%s',
    (_, { headers, structs }) => {
      const includes = [
        '#define _GNU_SOURCE',
        ...headers.map(header =>
          header.startsWith('#') || header.includes(' ') ? header : `#include <${header}>`,
        ),
      ]
      const body: string[] = []
      for (const [name, layout] of Object.entries(structs)) {
        const type = layout.type ?? `struct ${name}`
        if (layout.size !== 'prefix') body.push(`printf("${name} sizeof %zu\\n", sizeof(${type}));`)
        for (const field of Object.keys(byName[name]!.fields)) {
          const path = layout.fields?.[field]
          if (path === null) continue
          body.push(`printf("${name} ${field} %zu\\n", offsetof(${type}, ${path ?? field}));`)
        }
      }
      const rows = runC(
        `${includes.join('\n')}\n#include <stdio.h>\n#include <stddef.h>\nint main(void) {\n${body.join('\n')}\n}\n`,
      )
      expect(rows.length).toBe(body.length)
      for (const [name, field, value] of rows) {
        const struct = byName[name!]!
        const ours = field === 'sizeof' ? struct.size : struct.fields[field!]!.offset
        expect(ours, `${name}.${field}`).toBe(Number(value))
      }
    },
  )
})
