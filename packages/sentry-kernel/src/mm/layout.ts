// Where things go in a new address space, and by how much chance. (mm)

import type { Random } from '../platform/host.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { STACK_GUARD } from './vma-set.ts'

const MIB = 1024 * 1024
/** mmap_rnd_bits = 28 pages' worth; the stack gets 22 (arch/x86/mm/mmap.c, fs/binfmt_elf.c). */
const MMAP_RANDOM_PAGES = 2 ** 28
const STACK_RANDOM_PAGES = 2 ** 22
const BRK_RANDOM_PAGES = (32 * MIB) / PAGE_SIZE

/** personality(ADDR_NO_RANDOMIZE) or not. */
export type Randomisation = 'random' | 'fixed'

/** Draws page-aligned offsets. */
export class LayoutRandom {
  readonly #random: Random
  readonly #fixed: boolean
  readonly #bytes = new Uint8Array(4)

  constructor(random: Random, randomisation: Randomisation) {
    this.#random = random
    this.#fixed = randomisation === 'fixed'
  }
  /** 0 … pages − 1 pages, in bytes. `pages` is a power of two up to 2^32. */
  #pages(pages: number): number {
    if (this.#fixed) return 0
    this.#random.fill(this.#bytes)
    const [a, b, c, d] = this.#bytes as unknown as [number, number, number, number]
    return ((a + b * 0x100 + c * 0x1_0000 + d * 0x100_0000) % pages) * PAGE_SIZE
  }
  mmap(): number {
    return this.#pages(MMAP_RANDOM_PAGES)
  }
  stack(): number {
    return this.#pages(STACK_RANDOM_PAGES)
  }
  brk(): number {
    return this.#pages(BRK_RANDOM_PAGES)
  }
  /** A multiple of 16 below 8 KiB: arch_align_stack. */
  stackShift(): number {
    if (this.#fixed) return 0
    this.#random.fill(this.#bytes)
    return ((this.#bytes[0]! + this.#bytes[1]! * 0x100) % 0x2000) & ~15
  }
}

/**
 * The highest address for mmap (Linux's mmap_base): below the stack at its greatest, with room
 * for the stack's random part. `top` is the end of user space.
 */
export function mmapBase(top: number, stackLimit: number, random: LayoutRandom): number {
  const pad = STACK_RANDOM_PAGES * PAGE_SIZE + STACK_GUARD
  const stack = Number.isFinite(stackLimit) ? stackLimit : 0
  const gap = Math.min(Math.max(stack + pad, 128 * MIB), Math.floor((top / 6) * 5))
  const base = top - gap - random.mmap()
  return base - (base % PAGE_SIZE)
}

/** Where position-independent executables with an interpreter start (ELF_ET_DYN_BASE). */
export const dynamicBase = (top: number): number => {
  const base = Math.floor((top / 3) * 2)
  return base - (base % PAGE_SIZE)
}
