import { EADDRINUSE, EADDRNOTAVAIL, EINVAL, ENOBUFS } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { GroupTable } from '../../src/socket/multicast/group-table.ts'
import { Memberships } from '../../src/socket/multicast/memberships.ts'

const GROUP = 0xef010203

test('a group is there as long as it has members', () => {
  const table = new GroupTable<number>()
  const [a, b] = [new Memberships(table), new Memberships(table)]
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
  const [including, excluding] = [new Memberships(table), new Memberships(table)]
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
  const one = new Memberships(table)
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
