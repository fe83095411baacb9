import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { GroupTable } from '../../src/socket/multicast/group-table.ts'
import { Memberships } from '../../src/socket/multicast/memberships.ts'
import { OptionMemory } from '../../src/socket/option-memory.ts'

const GROUP = 0xef010203

const membershipsIn = (table: GroupTable<number>, memory = new OptionMemory()) =>
  new Memberships(table, memory, { membership: 48, source: 4 })

test('a group is there as long as it has members', () => {
  const table = new GroupTable<number>()
  const [a, b] = [membershipsIn(table), membershipsIn(table)]
  a.join(GROUP, 0, 'exclude', 2)
  b.join(GROUP, 0, 'exclude', 2)
  expect(() => a.join(GROUP, 0, 'exclude', 2)).toThrow(EADDRINUSE)
  a.join(GROUP + 1, 0, 'exclude', 2)
  expect(() => a.join(GROUP + 2, 0, 'exclude', 2)).toThrow(ENOBUFS)
  expect(table.list().map(({ address, users }) => [address, users])).toEqual([
    [GROUP + 1, 1],
    [GROUP, 2],
  ])
  a.leaveAll()
  b.leave(GROUP)
  expect(() => b.leave(GROUP)).toThrow(EADDRNOTAVAIL)
  expect(table.list()).toEqual([])
})

test('the interface takes in what any member wants', () => {
  const table = new GroupTable<number>()
  const [including, excluding] = [membershipsIn(table), membershipsIn(table)]
  const accepted = () => [1, 2, 3].map(source => table.get(GROUP)?.accepts(source))
  including.join(GROUP, 0, 'include', 20)
  expect(accepted()).toEqual([false, false, false])
  including.addSource(GROUP, 'include', 1, 10)
  expect(accepted()).toEqual([true, false, false])
  expect([1, 2].map(source => including.allows(GROUP, source))).toEqual([true, false])
  excluding.join(GROUP, 0, 'exclude', 20)
  excluding.addSource(GROUP, 'exclude', 1, 10)
  excluding.addSource(GROUP, 'exclude', 2, 10)
  expect(accepted()).toEqual([true, false, true])
  expect([1, 2, 3].map(source => excluding.allows(GROUP, source))).toEqual([false, false, true])
  including.removeSource(GROUP, 'include', 1)
  expect(including.find(GROUP)).toBeUndefined()
  expect(accepted()).toEqual([false, false, true])
})

test('a filter with sources keeps its mode until it is replaced', () => {
  const table = new GroupTable<number>()
  const one = membershipsIn(table)
  expect(() => one.setFilter(GROUP, 'include', [1])).toThrow(EINVAL)
  one.join(GROUP, 0, 'exclude', 20)
  one.addSource(GROUP, 'include', 1, 10)
  expect(() => one.addSource(GROUP, 'exclude', 2, 10)).toThrow(EINVAL)
  one.setFilter(GROUP, 'exclude', [2, 3])
  expect([...(table.get(GROUP)?.sources ?? [])]).toEqual([
    [2, { include: 0, exclude: 1 }],
    [3, { include: 0, exclude: 1 }],
  ])
  one.setFilter(GROUP, 'include', [])
  expect(table.list()).toEqual([])
})

test('a source that is named twice is there until it is removed twice', () => {
  const table = new GroupTable<number>()
  const one = membershipsIn(table)
  one.join(GROUP, 0, 'exclude', 20)
  one.setFilter(GROUP, 'exclude', [7, 7])
  one.removeSource(GROUP, 'exclude', 7)
  expect(one.find(GROUP)?.sources).toEqual([7])
  one.removeSource(GROUP, 'exclude', 7)
  expect([...(table.get(GROUP)?.sources ?? [])]).toEqual([])
})

test('all that a socket names is kept in the same memory', () => {
  const table = new GroupTable<number>()
  const memory = new OptionMemory()
  const [a, b] = [membershipsIn(table, memory), membershipsIn(table, memory)]
  a.join(GROUP, 0, 'exclude', 20)
  b.join(GROUP, 0, 'exclude', 20)
  const many = Array.from({ length: 30_000 }, (_, i) => i)
  a.setFilter(GROUP, 'exclude', many)
  expect(() => b.setFilter(GROUP, 'exclude', many)).toThrow(ENOBUFS)
  // The old list stands beside the new one.
  expect(() => a.setFilter(GROUP, 'exclude', many)).toThrow(ENOBUFS)
  a.setFilter(GROUP, 'exclude', [])
  b.setFilter(GROUP, 'exclude', many)
  b.leaveAll()
  a.setFilter(GROUP, 'exclude', many)
})
