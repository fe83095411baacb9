// A few x86-64 instructions, enough for our pages of machine code and for tests. (host)

const REGISTERS = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
] as const
export type RegisterName = (typeof REGISTERS)[number]

const number = (register: RegisterName): number => REGISTERS.indexOf(register)

/** Condition codes of jcc. */
const CONDITIONS = { b: 0x2, ae: 0x3, e: 0x4, ne: 0x5, l: 0xc, ge: 0xd } as const

/** Collects instructions; `finish` resolves the labels. Jumps are 32 bits wide. */
export class Assembler {
  private readonly code: number[] = []
  private readonly labels = new Map<string, number>()
  private readonly uses: { at: number; label: string }[] = []

  /** Offset of the next instruction. */
  get here(): number {
    return this.code.length
  }

  /** Offset of a label that is defined already. */
  offsetOf(label: string): number {
    const offset = this.labels.get(label)
    if (offset === undefined) throw new RangeError(`no label ${label}`)
    return offset
  }

  bytes(...bytes: number[]): this {
    this.code.push(...bytes)
    return this
  }

  label(name: string): this {
    this.labels.set(name, this.here)
    return this
  }

  /** mov register, 64-bit immediate. */
  mov(target: RegisterName, value: number | bigint): this {
    const n = number(target)
    this.bytes(0x48 | (n >> 3), 0xb8 | (n & 7))
    const bits = BigInt.asUintN(64, BigInt(value))
    for (let i = 0n; i < 64n; i += 8n) this.code.push(Number((bits >> i) & 0xffn))
    return this
  }

  /** mov register, register. */
  move(target: RegisterName, source: RegisterName): this {
    const [t, s] = [number(target), number(source)]
    return this.bytes(0x48 | ((s >> 3) << 2) | (t >> 3), 0x89, 0xc0 | ((s & 7) << 3) | (t & 7))
  }

  /** mov register, [base + displacement]. */
  load(target: RegisterName, base: RegisterName, displacement: number): this {
    return this.memory(0x8b, number(target), number(base), displacement)
  }

  /** mov [base + displacement], register. */
  store(base: RegisterName, displacement: number, source: RegisterName): this {
    return this.memory(0x89, number(source), number(base), displacement)
  }

  /** add register, 32-bit immediate. */
  add(target: RegisterName, value: number): this {
    const n = number(target)
    return this.bytes(0x48 | (n >> 3), 0x81, 0xc0 | (n & 7)).word(value)
  }

  /** cmp register, sign-extended 32-bit immediate. */
  compare(target: RegisterName, value: number): this {
    const n = number(target)
    return this.bytes(0x48 | (n >> 3), 0x81, 0xf8 | (n & 7)).word(value)
  }

  syscall(): this {
    return this.bytes(0x0f, 0x05)
  }

  int3(): this {
    return this.bytes(0xcc)
  }

  ret(): this {
    return this.bytes(0xc3)
  }

  jump(label: string): this {
    this.bytes(0xe9)
    this.uses.push({ at: this.here, label })
    return this.word(0)
  }

  jumpIf(condition: keyof typeof CONDITIONS, label: string): this {
    this.bytes(0x0f, 0x80 | CONDITIONS[condition])
    this.uses.push({ at: this.here, label })
    return this.word(0)
  }

  finish(): Uint8Array<ArrayBuffer> {
    const bytes = Uint8Array.from(this.code)
    const view = new DataView(bytes.buffer)
    for (const use of this.uses) {
      view.setInt32(use.at, this.offsetOf(use.label) - (use.at + 4), true)
    }
    return bytes
  }

  private memory(opcode: number, register: number, base: number, displacement: number): this {
    this.bytes(0x48 | ((register >> 3) << 2) | (base >> 3), opcode)
    this.bytes(0x80 | ((register & 7) << 3) | (base & 7))
    if ((base & 7) === 4) this.bytes(0x24)
    return this.word(displacement)
  }

  private word(value: number): this {
    return this.bytes(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff)
  }
}
