// Classic BPF as seccomp runs it: checked once, then interpreted. (seccomp)
// Linux net/core/filter.c: bpf_check_classic, check_load_and_stores; kernel/seccomp.c: seccomp_check_filter.

import {
  BPF_A,
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_AND,
  BPF_DIV,
  BPF_IMM,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_JSET,
  BPF_K,
  BPF_LD,
  BPF_LDX,
  BPF_LEN,
  BPF_LSH,
  BPF_MAXINSNS,
  BPF_MEM,
  BPF_MEMWORDS,
  BPF_MISC,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_RET,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_TAX,
  BPF_TXA,
  BPF_W,
  BPF_X,
  BPF_XOR,
  EINVAL,
} from '@tsvisor/abi'

/** Bytes of struct sock_filter. */
export const INSTRUCTION_SIZE = 8
/** struct seccomp_data: nr, arch, instruction pointer, six arguments. */
export const SECCOMP_DATA_WORDS = 16
/** What a program may look at for its answer to hold for every call of that number: nr and arch. */
const CONSTANT_WORDS = 2

const ARITHMETIC = [
  BPF_ADD,
  BPF_SUB,
  BPF_MUL,
  BPF_DIV,
  BPF_AND,
  BPF_OR,
  BPF_XOR,
  BPF_LSH,
  BPF_RSH,
] as const
const CONDITIONS = [BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET] as const

const LOAD = BPF_LD | BPF_W | BPF_ABS
const RETURN_K = BPF_RET | BPF_K
const RETURN_A = BPF_RET | BPF_A
const JUMP = BPF_JMP | BPF_JA

/** Instructions that a seccomp program may have. */
const ALLOWED: ReadonlySet<number> = new Set([
  LOAD,
  BPF_LD | BPF_W | BPF_LEN,
  BPF_LDX | BPF_W | BPF_LEN,
  BPF_LD | BPF_IMM,
  BPF_LDX | BPF_IMM,
  BPF_LD | BPF_MEM,
  BPF_LDX | BPF_MEM,
  BPF_ST,
  BPF_STX,
  BPF_MISC | BPF_TAX,
  BPF_MISC | BPF_TXA,
  BPF_ALU | BPF_NEG,
  RETURN_K,
  RETURN_A,
  JUMP,
  ...ARITHMETIC.flatMap(op => [BPF_ALU | op | BPF_K, BPF_ALU | op | BPF_X]),
  ...CONDITIONS.flatMap(op => [BPF_JMP | op | BPF_K, BPF_JMP | op | BPF_X]),
])

/** Both registers cleared, the context kept. */
const PROLOGUE = 3
const DIVISION_CHECK = 4

const isJump = (code: number): boolean => (code & 7) === BPF_JMP

export class BpfProgram {
  readonly length: number
  readonly #codes: Uint16Array
  /** Jump distances: when true in the low byte, when false in the high one. */
  readonly #jumps: Uint16Array
  readonly #operands: Int32Array
  /** Whether the last run looked at more than the number and the architecture. */
  readBeyond = false

  /** From an array of struct sock_filter. Errors: EINVAL. */
  constructor(instructions: Uint8Array) {
    const length = instructions.length / INSTRUCTION_SIZE
    if (!Number.isInteger(length) || length === 0 || length > BPF_MAXINSNS) throw EINVAL
    const view = new DataView(instructions.buffer, instructions.byteOffset, instructions.length)
    this.length = length
    this.#codes = new Uint16Array(length)
    this.#jumps = new Uint16Array(length)
    this.#operands = new Int32Array(length)
    for (let i = 0; i < length; i++) {
      this.#codes[i] = view.getUint16(i * INSTRUCTION_SIZE, true)
      this.#jumps[i] = view.getUint16(i * INSTRUCTION_SIZE + 2, true)
      this.#operands[i] = view.getInt32(i * INSTRUCTION_SIZE + 4, true)
    }
    this.#check()
    this.#checkScratch()
  }

  #check(): void {
    const { length } = this
    for (let pc = 0; pc < length; pc++) {
      const code = this.#codes[pc]!
      const operand = this.#operands[pc]! >>> 0
      const jump = this.#jumps[pc]!
      if (!ALLOWED.has(code)) throw EINVAL
      if (code === LOAD && (operand >= SECCOMP_DATA_WORDS * 4 || operand % 4 !== 0)) throw EINVAL
      if (code === (BPF_ALU | BPF_DIV | BPF_K) && operand === 0) throw EINVAL
      if (code === (BPF_ALU | BPF_LSH | BPF_K) || code === (BPF_ALU | BPF_RSH | BPF_K))
        if (operand >= 32) throw EINVAL
      if (usesScratch(code) && operand >= BPF_MEMWORDS) throw EINVAL
      if (code === JUMP && operand >= length - pc - 1) throw EINVAL
      if (isJump(code) && code !== JUMP) {
        if (pc + (jump & 0xff) + 1 >= length || pc + (jump >> 8) + 1 >= length) throw EINVAL
      }
    }
    const last = this.#codes[length - 1]!
    if (last !== RETURN_K && last !== RETURN_A) throw EINVAL
  }

  /** No word of the scratch memory is read before it was written, whichever way is taken. */
  #checkScratch(): void {
    const { length } = this
    // Jumps only go forwards: what holds at each place is known when it is reached.
    const written = new Uint16Array(length).fill(0xffff)
    let valid = 0
    for (let pc = 0; pc < length; pc++) {
      const code = this.#codes[pc]!
      const operand = this.#operands[pc]!
      const jump = this.#jumps[pc]!
      valid &= written[pc]!
      const meet = (at: number) => {
        written[at]! &= valid
      }
      if (code === BPF_ST || code === BPF_STX) valid |= 1 << operand
      else if (usesScratch(code) && (valid & (1 << operand)) === 0) throw EINVAL
      else if (isJump(code)) {
        if (code === JUMP) meet(pc + 1 + operand)
        else {
          meet(pc + 1 + (jump & 0xff))
          meet(pc + 1 + (jump >> 8))
        }
        valid = 0xffff
      }
    }
  }

  /** Its length as Linux counts it: converted to eBPF (bpf_convert_filter). */
  get convertedLength(): number {
    let total = PROLOGUE
    for (let pc = 0; pc < this.length; pc++) {
      const code = this.#codes[pc]!
      total += 1
      if (code === RETURN_K) total += 1
      else if (code === (BPF_ALU | BPF_DIV | BPF_X)) total += DIVISION_CHECK
      else if (isJump(code) && code !== JUMP) {
        const jump = this.#jumps[pc]!
        // An operand that is no signed 32-bit immediate is loaded before.
        if ((code & BPF_X) === 0 && this.#operands[pc]! < 0) total += 1
        const inverted = (jump & 0xff) === 0 && (code & 0xf0) !== BPF_JSET
        if (jump >> 8 !== 0 && !inverted) total += 1
      }
    }
    return total
  }

  /** `data`: struct seccomp_data as words. Returns 32 bits, unsigned. It ends: jumps go forwards. */
  run(data: Int32Array): number {
    const codes = this.#codes
    const operands = this.#operands
    const memory = scratch
    let a = 0
    let x = 0
    this.readBeyond = false
    for (let pc = 0; ; pc++) {
      const k = operands[pc]!
      switch (codes[pc]!) {
        case BPF_LD | BPF_W | BPF_ABS:
          if (k >= CONSTANT_WORDS * 4) this.readBeyond = true
          a = data[k >> 2]!
          break
        case BPF_LD | BPF_W | BPF_LEN:
          a = SECCOMP_DATA_WORDS * 4
          break
        case BPF_LDX | BPF_W | BPF_LEN:
          x = SECCOMP_DATA_WORDS * 4
          break
        case BPF_LD | BPF_IMM:
          a = k
          break
        case BPF_LDX | BPF_IMM:
          x = k
          break
        case BPF_LD | BPF_MEM:
          a = memory[k]!
          break
        case BPF_LDX | BPF_MEM:
          x = memory[k]!
          break
        case BPF_ST:
          memory[k] = a
          break
        case BPF_STX:
          memory[k] = x
          break
        case BPF_MISC | BPF_TAX:
          x = a
          break
        case BPF_MISC | BPF_TXA:
          a = x
          break
        case BPF_RET | BPF_K:
          return k >>> 0
        case BPF_RET | BPF_A:
          return a >>> 0
        case BPF_JMP | BPF_JA:
          pc += k
          break
        default:
          if (isJump(codes[pc]!)) {
            const jump = this.#jumps[pc]!
            pc += holds(codes[pc]!, a, codes[pc]! & BPF_X ? x : k) ? jump & 0xff : jump >> 8
          } else {
            const operand = codes[pc]! & BPF_X ? x : k
            // As Linux: a division by nothing ends the program, which then refuses.
            if (operand === 0 && (codes[pc]! & 0xf0) === BPF_DIV) return 0
            a = compute(codes[pc]! & 0xf0, a, operand)
          }
      }
    }
  }
}

/** No program reads what it did not write. */
const scratch = new Int32Array(BPF_MEMWORDS)

const usesScratch = (code: number): boolean =>
  code === BPF_ST || code === BPF_STX || code === (BPF_LD | BPF_MEM) || code === (BPF_LDX | BPF_MEM)

function holds(code: number, a: number, operand: number): boolean {
  switch (code & 0xf0) {
    case BPF_JEQ:
      return a === operand
    case BPF_JGT:
      return a >>> 0 > operand >>> 0
    case BPF_JGE:
      return a >>> 0 >= operand >>> 0
  }
  return (a & operand) !== 0
}

function compute(operation: number, a: number, operand: number): number {
  switch (operation) {
    case BPF_ADD:
      return (a + operand) | 0
    case BPF_SUB:
      return (a - operand) | 0
    case BPF_MUL:
      return Math.imul(a, operand)
    case BPF_DIV:
      return ((a >>> 0) / (operand >>> 0)) | 0
    case BPF_AND:
      return a & operand
    case BPF_OR:
      return a | operand
    case BPF_XOR:
      return a ^ operand
    case BPF_LSH:
      return a << operand
    case BPF_RSH:
      return (a >>> operand) | 0
  }
  return -a | 0
}
