// Maps of user namespaces: what they say, and which texts are ones.

import { EINVAL } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { parseIdMap } from '../../src/fs/proc/pid/parse-id-map.ts'
import { hasCapabilityIn, userCredentials } from '../../src/task/credentials.ts'
import { IdMap, NO_ID } from '../../src/task/id-map.ts'
import { UserNamespace } from '../../src/task/user-namespace.ts'

test('a map goes both ways', () => {
  const map = IdMap.of([
    { inside: 0, outside: 1000, size: 1 },
    { inside: 1, outside: 100_000, size: 10 },
  ])
  expect([0, 1, 10, 11].map(id => map.toKernel(id))).toEqual([1000, 100_000, 100_009, NO_ID])
  expect([1000, 100_009, 0].map(id => map.fromKernel(id))).toEqual([0, 10, NO_ID])
  expect([1000, 0].map(id => map.shown(id))).toEqual([0, 65_534])
  expect(map.rangeToKernel(1, 10)).toBe(100_000)
  expect(map.rangeToKernel(0, 2)).toBe(NO_ID)
  expect(IdMap.IDENTITY.toKernel(4_294_967_294)).toBe(4_294_967_294)
  expect(IdMap.IDENTITY.has(NO_ID)).toBe(false)
})

test.each([
  '',
  '\n',
  '0 0',
  '0 0 0',
  '0 0 1 1',
  'a 0 1',
  '-1 0 1',
  '0x1 0 1',
  '4294967295 0 1',
  '0 4294967295 1',
  '4294967294 0 2',
  '0 0 1\n\n',
  '0 0 2\n1 5 1',
  '0 0 2\n5 1 1',
  Array.from({ length: 341 }, (_, i) => `${i} ${i} 1`).join('\n'),
])('no map: %j', text => {
  expect(() => parseIdMap(text)).toThrow(EINVAL)
})

test('a map', () => {
  expect(parseIdMap('\t0 1000   1\n1 100000 65536\n')).toEqual([
    { inside: 0, outside: 1000, size: 1 },
    { inside: 1, outside: 100_000, size: 65_536 },
  ])
  // Numbers keep their low 32 bits, as simple_strtoul's do.
  expect(parseIdMap('4294967296 5 1\0junk')).toEqual([{ inside: 0, outside: 5, size: 1 }])
  expect(parseIdMap('4294967294 0 1')).toHaveLength(1)
})

test('whose capabilities count where', () => {
  const outer = UserNamespace.FIRST.fork(1000, 1000, false)
  const inner = outer.fork(1000, 1000, false)
  const user = userCredentials(1000, 1000, 0n)
  expect(hasCapabilityIn(user, UserNamespace.FIRST, 0)).toBe(false)
  // Its owner holds all in it, and with it in those that it holds.
  expect(hasCapabilityIn(user, outer, 0)).toBe(true)
  expect(hasCapabilityIn(user, inner, 0)).toBe(true)
  expect(hasCapabilityIn({ ...user, euid: 1001 }, inner, 0)).toBe(false)
  const inside = { ...userCredentials(1000, 1000, 1n), userNamespace: outer }
  expect(hasCapabilityIn(inside, outer, 0)).toBe(true)
  expect(hasCapabilityIn(inside, outer, 1)).toBe(false)
  // It is of the owner of the inner one too.
  expect(hasCapabilityIn(inside, inner, 1)).toBe(true)
  expect(hasCapabilityIn(inside, UserNamespace.FIRST, 0)).toBe(false)
  expect(inner.isWithin(outer)).toBe(true)
  expect(outer.isWithin(inner)).toBe(false)
})
