// The bytes of tmpfs files against a plain array; page accounting.

import { ENOSPC, ENXIO } from '@tsvisor/abi'
import { describe, expect, it } from 'vitest'
import { FileData } from '../../src/fs/tmpfs/file-data.ts'
import { PageBudget } from '../../src/fs/tmpfs/page-budget.ts'
import { PageSet } from '../../src/fs/tmpfs/page-set.ts'
import { BufferIo } from '../../src/mm/io.ts'
import { InProcessPlatform } from '../../src/testing/in-process.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { Dice } from './random-files.ts'

const newPlatform = () => new InProcessPlatform({ clock: new VirtualClock() })
const PAGE = 4096

describe('FileData', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('holds what was written, sequence %i', seed => {
    const dice = new Dice(seed)
    const budget = new PageBudget(Number.POSITIVE_INFINITY, 1)
    const data = new FileData(newPlatform(), budget)
    let model = new Uint8Array(0)
    let pages = new Set<number>()
    const grow = (size: number): void => {
      const grown = new Uint8Array(size)
      grown.set(model.subarray(0, size))
      model = grown
    }
    const touched = (from: number, to: number): void => {
      for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) pages.add(page)
    }
    for (let step = 0; step < 200; step++) {
      const offset = dice.below(dice.pick([100, 9000, 70_000, 300_000]))
      const length = 1 + dice.below(dice.pick([10, 5000, 20_000]))
      switch (dice.below(7)) {
        case 0:
        case 1:
        case 2: {
          const bytes = new Uint8Array(length).fill(1 + dice.below(255))
          expect(data.write(new BufferIo(bytes), offset)).toBe(length)
          if (offset + length > model.length) grow(offset + length)
          model.set(bytes, offset)
          touched(offset, offset + length)
          break
        }
        case 3:
          data.truncate(offset)
          grow(offset)
          pages = new Set([...pages].filter(page => page * PAGE < offset))
          break
        case 4: {
          data.punch(offset, length)
          model.fill(0, offset, offset + length)
          const end = offset + length >= model.length ? Number.POSITIVE_INFINITY : offset + length
          const first = Math.ceil(offset / PAGE)
          if (offset < model.length)
            pages = new Set([...pages].filter(p => p < first || (p + 1) * PAGE > end))
          break
        }
        case 5:
          data.allocate(offset, length, 'grow')
          if (offset + length > model.length) grow(offset + length)
          touched(offset, offset + length)
          break
        default:
          if (seed > 4 && step > 100) data.map()
      }
      const read = new Uint8Array(model.length + 10)
      expect(data.read(new BufferIo(read), 0)).toBe(model.length)
      expect(Buffer.compare(read.subarray(0, model.length), model)).toBe(0)
      expect(budget.pages).toBe(pages.size)
    }
    data.release()
    expect(budget.pages).toBe(0)
  })

  it('writes what fits, then ENOSPC; holes cost nothing', () => {
    const budget = new PageBudget(3, 1)
    const data = new FileData(newPlatform(), budget)
    data.truncate(1 << 30)
    expect(data.write(new BufferIo(new Uint8Array(10)), (1 << 30) - 10)).toBe(10)
    expect(data.write(new BufferIo(new Uint8Array(5 * PAGE)), 100)).toBe(2 * PAGE - 100)
    expect(() => data.write(new BufferIo(new Uint8Array(1)), 3 * PAGE)).toThrow(ENOSPC)
    expect(data.write(new BufferIo(new Uint8Array(1)), 5)).toBe(1)
    expect([data.nextData(0), data.nextHole(0)]).toEqual([0, 2 * PAGE])
    expect([data.nextData(2 * PAGE), data.nextHole((1 << 30) - 5)]).toEqual([
      (1 << 30) - PAGE,
      1 << 30,
    ])
    expect(() => data.nextData(1 << 30)).toThrow(ENXIO)
  })
})

describe('PageSet', () => {
  it('is a set', () => {
    const dice = new Dice(9)
    const set = new PageSet()
    const model = new Set<number>()
    for (let step = 0; step < 2000; step++) {
      const from = dice.below(60)
      const to = from + dice.below(12)
      let missing = 0
      for (let page = from; page < to; page++) if (!model.has(page)) missing++
      expect(set.missing(from, to)).toBe(missing)
      if (dice.below(2)) {
        set.add(from, to)
        for (let page = from; page < to; page++) model.add(page)
      } else {
        expect(set.remove(from, to)).toBe(to - from - missing)
        for (let page = from; page < to; page++) model.delete(page)
      }
      expect(set.count).toBe(model.size)
      let data = from
      while (data < 100 && !model.has(data)) data++
      expect(set.nextData(from)).toBe(data === 100 ? Number.POSITIVE_INFINITY : data)
      let hole = from
      while (model.has(hole)) hole++
      expect(set.nextHole(from)).toBe(hole)
    }
  })
})
