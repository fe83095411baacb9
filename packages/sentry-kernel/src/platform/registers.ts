// A thread's general registers, laid out as Linux amd64 user_regs_struct. (platform seam, pure)

import { type Addr, addr } from '@tsvisor/abi'

const TWO_32 = 0x1_0000_0000

/** Index of each 64-bit register in user_regs_struct (Linux arch/x86/include/asm/user_64.h). */
export const Reg = {
  r15: 0,
  r14: 1,
  r13: 2,
  r12: 3,
  rbp: 4,
  rbx: 5,
  r11: 6,
  r10: 7,
  r9: 8,
  r8: 9,
  rax: 10,
  rcx: 11,
  rdx: 12,
  rsi: 13,
  rdi: 14,
  orig_rax: 15,
  rip: 16,
  cs: 17,
  eflags: 18,
  rsp: 19,
  ss: 20,
  fs_base: 21,
  gs_base: 22,
  ds: 23,
  es: 24,
  fs: 25,
  gs: 26,
} as const
export type Reg = (typeof Reg)[keyof typeof Reg]

/** Bytes of user_regs_struct. */
export const REGISTERS_SIZE = 27 * 8

const SYSCALL_ARGS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const

/**
 * The registers of one thread, readable and writable while it is stopped. A platform hands it the
 * memory that it fills when the thread stops, and looks at `dirty` before the thread resumes.
 */
export class Registers {
  /** The registers as 54 halves: low at 2 × index, high after it. */
  readonly words: Uint32Array
  /** What the platform must write back: nothing, only rax, or all. */
  dirty: 'none' | 'rax' | 'all' = 'none'

  constructor(words: Uint32Array = new Uint32Array(REGISTERS_SIZE / 4)) {
    this.words = words
  }

  low(reg: Reg): number {
    return this.words[reg * 2]!
  }
  high(reg: Reg): number {
    return this.words[reg * 2 + 1]!
  }
  /** Unsigned 64 bits as a number (exact up to 2^53). */
  get(reg: Reg): number {
    return this.words[reg * 2 + 1]! * TWO_32 + this.words[reg * 2]!
  }
  getBig(reg: Reg): bigint {
    return (BigInt(this.high(reg)) << 32n) | BigInt(this.low(reg))
  }
  /** Stores an integer, negative ones as two's complement. */
  set(reg: Reg, value: number): void {
    this.dirty = 'all'
    this.store(reg, value)
  }
  setBig(reg: Reg, value: bigint): void {
    this.dirty = 'all'
    this.words[reg * 2] = Number(value & 0xffff_ffffn)
    this.words[reg * 2 + 1] = Number((value >> 32n) & 0xffff_ffffn)
  }

  /** At a syscall stop: the number asked for (orig_rax, as 32 bits like the kernel's table look-up). */
  get syscallNumber(): number {
    return this.words[Reg.orig_rax * 2]! | 0
  }
  /** Register of argument 0…5. */
  argRegister(index: number): Reg {
    return SYSCALL_ARGS[index]!
  }
  /** Sets the result of a system call: a value, or a negative error number. */
  setResult(value: number): void {
    if (this.dirty === 'none') this.dirty = 'rax'
    this.store(Reg.rax, value)
  }

  get ip(): Addr {
    return addr(this.get(Reg.rip))
  }
  set ip(value: Addr) {
    this.set(Reg.rip, value)
  }
  get sp(): Addr {
    return addr(this.get(Reg.rsp))
  }
  set sp(value: Addr) {
    this.set(Reg.rsp, value)
  }

  copyFrom(other: Registers): void {
    this.words.set(other.words)
    this.dirty = 'all'
  }

  private store(reg: Reg, value: number): void {
    const high = Math.floor(value / TWO_32)
    this.words[reg * 2] = value - high * TWO_32
    this.words[reg * 2 + 1] = high
  }
}
