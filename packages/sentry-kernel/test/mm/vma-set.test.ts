import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Vma } from '../../src/mm/vma.ts'
import { VmaSet } from '../../src/mm/vma-set.ts'

const PAGE = 4096
const PAGES = 64
/** What each page holds: 0 nothing, else a protection. */
type Model = number[]

const runs = (model: Model): string[] => {
  const out: string[] = []
  for (let i = 0; i < model.length; ) {
    let end = i + 1
    while (end < model.length && model[end] === model[i]) end++
    if (model[i] !== 0) out.push(`${i}-${end}:${model[i]}`)
    i = end
  }
  return out
}
const shown = (set: VmaSet): string[] =>
  set.list.map(vma => `${vma.start / PAGE}-${vma.end / PAGE}:${vma.prot}`)

const range = fc
  .tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: 12 }))
  .map(([start, length]) => [start, Math.min(PAGES, start + length)] as const)
const step = fc.record({
  kind: fc.constantFrom('map', 'unmap', 'protect', 'gapBelow', 'gapAbove', 'find', 'covers'),
  range,
  prot: fc.integer({ min: 1, max: 3 }),
})

describe('VmaSet', () => {
  test('agrees with an array of pages', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const set = new VmaSet()
        const model: Model = new Array(PAGES).fill(0)
        for (const { kind, range, prot } of steps) {
          const [from, to] = range
          const [start, end] = [from * PAGE, to * PAGE]
          const length = end - start
          if (kind === 'map') {
            set.carve(start, end)
            set.insert(new Vma(start, end, prot, 0, undefined, 0))
            model.fill(prot, from, to)
          } else if (kind === 'unmap') {
            set.carve(start, end)
            model.fill(0, from, to)
          } else if (kind === 'protect') {
            set.split(start)
            set.split(end)
            for (const vma of set.list) if (vma.start >= start && vma.end <= end) vma.prot = prot
            set.mergeAround(start, end)
            for (let i = from; i < to; i++) if (model[i]) model[i] = prot
          } else if (kind === 'gapBelow') {
            let best = -1
            for (let i = 0; i + to - from <= PAGES; i++)
              if (model.slice(i, i + to - from).every(page => page === 0)) best = i
            const found = set.gapBelow(0, PAGES * PAGE, length)
            expect(found).toBe(best < 0 ? -1 : best * PAGE)
          } else if (kind === 'gapAbove') {
            const found = set.gapAbove(0, PAGES * PAGE, length)
            let best = -1
            for (let i = PAGES - (to - from); i >= 0; i--)
              if (model.slice(i, i + to - from).every(page => page === 0)) best = i
            expect(found).toBe(best < 0 ? -1 : best * PAGE)
          } else if (kind === 'find') {
            expect(set.find(start)?.prot ?? 0).toBe(model[from])
            expect(set.overlaps(start, end)).toBe(model.slice(from, to).some(page => page !== 0))
          } else {
            expect(set.covers(start, end)).toBe(model.slice(from, to).every(page => page !== 0))
          }
          expect(shown(set)).toEqual(runs(model))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('opens a backing for each piece and closes it for each join', () => {
    let references = 1
    const backing = {
      mappable: { label: '' },
      identity: {},
      file: undefined,
      label: '',
      open: () => void references++,
      close: () => void references--,
    }
    const set = new VmaSet()
    set.insert(new Vma(0, 8 * PAGE, 1, 0, backing, PAGE))
    set.split(2 * PAGE)
    set.split(5 * PAGE)
    expect(references).toBe(3)
    expect(set.list.map(vma => vma.offset / PAGE)).toEqual([1, 3, 6])
    set.mergeAround(0, 8 * PAGE)
    expect(set.size).toBe(1)
    expect(references).toBe(1)
  })
})
