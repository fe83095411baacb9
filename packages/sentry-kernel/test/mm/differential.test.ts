// The memory manager against the host kernel: random calls must answer the same.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Addr, Errno } from '@tsvisor/abi'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { madvise, msync } from '../../src/mm/madvise.ts'
import type { MemoryManager } from '../../src/mm/memory-manager.ts'
import { mincore } from '../../src/mm/mlock.ts'
import { mmap } from '../../src/mm/mmap.ts'
import { mprotect } from '../../src/mm/mprotect.ts'
import { mremap } from '../../src/mm/mremap.ts'
import { SeededRandom } from '../../src/testing/seeded-random.ts'
import { testMemory } from './memory.ts'

const SEQUENCES = Number(process.env['TSVISOR_FUZZ'] ?? 30)
const LENGTH = 150
const PAGE = 4096
const ARENA = 0x1000_0000
const PAGES = 96
/** Where mincore may write, outside the arena. */
const VECTOR = 0x2000_0000

interface Call {
  readonly name: string
  readonly args: readonly [number, number, number, number, number]
}

class Dice {
  readonly #random: SeededRandom
  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }
  below(n: number): number {
    return this.#random.next() % n
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

function randomCall(dice: Dice): Call {
  const address = ARENA + dice.below(48) * PAGE + (dice.below(40) === 0 ? 1 : 0)
  const length = dice.below(30) === 0 ? 0 : (1 + dice.below(8)) * PAGE - dice.below(3)
  const prot = dice.pick([0, 1, 3, 3, 3, 5, 7])
  switch (dice.below(9)) {
    case 0:
    case 1:
    case 2: {
      const flags = dice.pick([0x32, 0x32, 0x32, 0x31, 0x10_0022, 0x10_0021, 0x30, 0x23, 0x34])
      return { name: 'mmap', args: [address, length, prot, flags | 0x10, 0] }
    }
    case 3:
      return { name: 'munmap', args: [address, length, 0, 0, 0] }
    case 4: {
      const wanted = dice.below(12) === 0 ? dice.pick([8, 0x10, 0x300_0000, 0x100_0001]) : prot
      return { name: 'mprotect', args: [address, length, wanted, 0, 0] }
    }
    case 5:
    case 6: {
      const flags = dice.pick([0, 0, 1, 1, 3, 3, 2, 5, 7, 8])
      const size = dice.below(20) === 0 ? 0 : (1 + dice.below(10)) * PAGE
      let same = flags === 5 && dice.below(4) > 0 ? length : size
      // Since 6.17 Linux moves several mappings at once where old kernels say EFAULT.
      if (flags & 2 && Math.ceil(same / PAGE) === Math.ceil(length / PAGE)) same += PAGE
      const target = ARENA + dice.below(60) * PAGE + (dice.below(40) === 0 ? 1 : 0)
      return { name: 'mremap', args: [address, length, same, flags, target] }
    }
    case 7: {
      const advice = dice.pick([0, 1, 2, 3, 4, 8, 9, 10, 11, 16, 17, 18, 19, 20, 7, 26, 99])
      return { name: 'madvise', args: [address, length, advice, 0, 0] }
    }
    default:
      return dice.below(2) === 0
        ? { name: 'msync', args: [address, length, dice.pick([0, 1, 2, 4, 5, 8]), 0, 0] }
        : { name: 'mincore', args: [address, length, 0, 0, 0] }
  }
}

type Memory = ReturnType<typeof testMemory>

function perform({ mm, task }: Memory, { name, args }: Call): number {
  const [a, b, c, d, e] = args
  switch (name) {
    case 'mmap':
      return mmap(mm, task, a, b, c, d, undefined, 0)
    case 'munmap':
      mm.munmap(a, b)
      return 0
    case 'mprotect':
      mprotect(mm, a, b, c)
      return 0
    case 'mremap':
      return mremap(mm, task, a, b, c, d, e)
    case 'madvise':
      madvise(mm, a, b, c)
      return 0
    case 'msync':
      msync(mm, a, b, c, () => {})
      return 0
    default:
      mincore(mm, a, b, VECTOR as Addr)
      return 0
  }
}

function show(mm: MemoryManager): string {
  let text = ''
  for (let i = 0; i < PAGES; i++) {
    const vma = mm.vmas.find(ARENA + i * PAGE)
    text += vma === undefined ? '.' : String.fromCharCode(97 + vma.prot + (vma.shared ? 8 : 0))
  }
  return text
}

function answer(memory: Memory, call: Call): string {
  let result: number
  try {
    result = perform(memory, call)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    result = -error.code
  }
  if (result >= ARENA + PAGES * PAGE) {
    memory.mm.munmap(result, call.name === 'mmap' ? call.args[1] : call.args[2])
    result = 1
  }
  return `${result} ${show(memory.mm)}`
}

const compiler = (): boolean => {
  try {
    execFileSync('gcc', ['--version'])
    return true
  } catch {
    return false
  }
}

describe.skipIf(process.platform !== 'linux' || !compiler())('random memory calls', () => {
  let folder = ''
  let oracle = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsvisor-'))
    oracle = join(folder, 'oracle')
    execFileSync('gcc', ['-O1', '-o', oracle, join(import.meta.dirname, 'oracle.c')])
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test(`${SEQUENCES} sequences of ${LENGTH} calls`, () => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const dice = new Dice(seed)
      const calls = Array.from({ length: LENGTH }, () => randomCall(dice))
      const input = calls.map(({ name, args }) => `${name} ${args.join(' ')}\n`).join('')
      const expected = execFileSync(oracle, { input, encoding: 'utf8' }).trim().split('\n')
      const memory = testMemory()
      mmap(memory.mm, memory.task, VECTOR, PAGE, 3, 0x32, undefined, 0)
      calls.forEach((call, i) => {
        const found = answer(memory, call)
        if (found !== expected[i]) {
          const before = i === 0 ? '' : expected[i - 1]
          const hex = call.args.map(arg => arg.toString(16)).join(' ')
          expect(`${call.name} ${hex}\n${before}\n${found}`).toBe(
            `${call.name} ${hex}\n${before}\n${expected[i]}`,
          )
        }
      })
      expect(memory.mm.usage.total).toBe(
        memory.mm.vmas.list.reduce((sum, vma) => sum + vma.length, 0),
      )
    }
  })
})
