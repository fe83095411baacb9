// The instructions of an extended BPF program, taken apart. (bpf)
// Linux Documentation/bpf/standardization/instruction-set.rst.

/** Bytes of struct bpf_insn. */
export const INSTRUCTION_SIZE = 8

export class Instructions {
  readonly length: number
  /** As they were given. */
  readonly bytes: Uint8Array
  readonly #offsets: Int16Array
  readonly #operands: Int32Array

  /** From an array of struct bpf_insn, which stays as it is. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.length = Math.floor(bytes.length / INSTRUCTION_SIZE)
    this.bytes = bytes
    this.#offsets = new Int16Array(this.length)
    this.#operands = new Int32Array(this.length)
    for (let pc = 0; pc < this.length; pc++) {
      this.#offsets[pc] = view.getInt16(pc * INSTRUCTION_SIZE + 2, true)
      this.#operands[pc] = view.getInt32(pc * INSTRUCTION_SIZE + 4, true)
    }
  }

  code(pc: number): number {
    return this.bytes[pc * INSTRUCTION_SIZE]!
  }
  /** Register it writes. */
  destination(pc: number): number {
    return this.bytes[pc * INSTRUCTION_SIZE + 1]! & 15
  }
  /** Register it reads. */
  source(pc: number): number {
    return this.bytes[pc * INSTRUCTION_SIZE + 1]! >> 4
  }
  /** Of a jump, or of memory. */
  offset(pc: number): number {
    return this.#offsets[pc]!
  }
  operand(pc: number): number {
    return this.#operands[pc]!
  }
  /** The 64-bit number whose low half is here and whose high half is in the next one. */
  wide(pc: number): bigint {
    const high = BigInt(this.#operands[pc + 1]!)
    return BigInt.asUintN(64, (high << 32n) | BigInt(this.#operands[pc]! >>> 0))
  }
}
