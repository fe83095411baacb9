// Whether a program may be loaded: it ends, and reads nothing but what it is given. (bpf)
// Linux kernel/bpf/verifier.c, kernel/bpf/cgroup.c: cgroup_dev_is_valid_access. Linux follows each way through a
// program; here ways that meet are one, jumps lead forwards as for callers without CAP_BPF, and there is no stack.

import {
  BPF_ALU,
  BPF_ALU64,
  BPF_END,
  BPF_LD,
  BPF_LDX,
  BPF_MOV,
  BPF_NEG,
  BPF_REG_0,
  BPF_REG_1,
  BPF_REG_10,
  BPF_ST,
  BPF_STX,
  BPF_X,
  EACCES,
  EINVAL,
} from '@tsvisor/abi'
import { CALL, checkInstructions, EXIT, GOTO, isJump, WIDE } from './check-instructions.ts'
import { sizeOf } from './context.ts'
import type { Instructions } from './instructions.ts'
import type { ProgramType } from './program-type.ts'
import {
  computed,
  exactly,
  join,
  type Range,
  type RegisterValue,
  swapped,
  upTo,
} from './register-value.ts'
import type { VerifierLog } from './verifier-log.ts'

export interface Unverified {
  readonly type: ProgramType
  readonly instructions: Instructions
}

type Registers = RegisterValue[]

/** `isOpen` knows the caller's descriptors. Errors: EACCES, EINVAL, EBADF; the log says why. */
export function verify(
  program: Unverified,
  log: VerifierLog,
  isOpen: (fd: number) => boolean,
): void {
  const { instructions } = program
  checkInstructions(instructions, log, isOpen)
  new Verifier(program, log).run()
  log.say(`processed ${instructions.length} insns`)
}

class Verifier {
  readonly #program: Instructions
  readonly #type: ProgramType
  readonly #log: VerifierLog
  /** What holds where jumps lead to. */
  readonly #arriving = new Map<number, Registers>()
  /** What holds now; undefined after a jump or the exit. */
  #registers: Registers | undefined = new Array<RegisterValue>(BPF_REG_10 + 1).fill(undefined)

  constructor({ instructions, type }: Unverified, log: VerifierLog) {
    this.#program = instructions
    this.#type = type
    this.#log = log
    this.#registers![BPF_REG_1] = 'ctx'
    this.#registers![BPF_REG_10] = 'fp'
  }

  /** Jumps only lead forwards: what holds at each place is known when it is reached. */
  run(): void {
    const { length } = this.#program
    for (let pc = 0; pc < length; pc++) {
      this.#arrive(pc)
      if (this.#registers === undefined) this.#log.refuse(EINVAL, `unreachable insn ${pc}`)
      this.#step(pc, this.#registers)
      if (this.#program.code(pc) !== WIDE) continue
      pc++
      if (this.#arriving.has(pc))
        this.#log.refuse(EINVAL, `jump into the middle of ldimm64 insn ${pc}`)
    }
    if (this.#registers !== undefined) this.#log.refuse(EINVAL, 'last insn is not an exit or jmp')
  }

  #arrive(pc: number): void {
    const arriving = this.#arriving.get(pc)
    if (arriving === undefined) return
    this.#arriving.delete(pc)
    const now = this.#registers
    this.#registers = now === undefined ? arriving : now.map((value, i) => join(value, arriving[i]))
  }

  #step(pc: number, registers: Registers): void {
    const code = this.#program.code(pc)
    if (isJump(code)) this.#jump(pc, code, registers)
    else if (code === EXIT) this.#exit()
    else if (code === CALL)
      this.#log.refuse(EINVAL, `invalid func unknown#${this.#program.operand(pc)}`)
    else if (code === WIDE) this.#write(pc, exactly(this.#program.wide(pc)))
    else this.#operate(pc, code)
  }

  #operate(pc: number, code: number): void {
    switch (code & 7) {
      case BPF_ALU:
      case BPF_ALU64:
        this.#write(pc, this.#calculate(pc, code))
        return
      case BPF_LDX:
        this.#load(pc, code)
        return
      case BPF_ST:
      case BPF_STX:
        this.#store(pc, code)
        return
      case BPF_LD:
        this.#log.refuse(EINVAL, 'BPF_LD_[ABS|IND] instructions not allowed for this program type')
    }
  }

  #calculate(pc: number, code: number): RegisterValue {
    const operation = code & 0xf0
    const width = (code & 7) === BPF_ALU64 ? 64 : 32
    if (operation === BPF_MOV) {
      const value = this.#right(pc, code)
      if (typeof value !== 'string') return computed(operation, value, value, width)
      if (width === 64) return value
      this.#log.refuse(EACCES, `R${this.#program.source(pc)} partial copy of pointer`)
    }
    const left = this.#number(this.#program.destination(pc))
    if (operation === BPF_END)
      return swapped(left, this.#program.operand(pc), code & BPF_X ? 'big' : 'little')
    if (operation === BPF_NEG) return computed(operation, left, exactly(0n), width)
    const right = this.#right(pc, code)
    if (typeof right === 'string') this.#refuseArithmetic(this.#program.source(pc))
    return computed(operation, left, right, width)
  }

  /** There is nothing to read but the context. */
  #load(pc: number, code: number): void {
    const from = this.#program.source(pc)
    if (this.#value(from) !== 'ctx')
      this.#log.refuse(EACCES, `R${from} invalid mem access '${this.#describe(from)}'`)
    const [offset, size] = [this.#program.offset(pc), sizeOf(code)]
    if (!this.#type.mayRead(offset, size))
      this.#log.refuse(EACCES, `invalid bpf_context access off=${offset} size=${size}`)
    this.#write(pc, upTo(8 * size))
  }

  /** And nothing to write. */
  #store(pc: number, code: number): never {
    const to = this.#program.destination(pc)
    if ((code & 7) === BPF_STX) this.#value(this.#program.source(pc))
    this.#value(to)
    this.#log.refuse(EACCES, `R${to} invalid mem access '${this.#describe(to)}'`)
  }

  #jump(pc: number, code: number, registers: Registers): void {
    if (code !== GOTO) {
      this.#number(this.#program.destination(pc))
      if (code & BPF_X) this.#number(this.#program.source(pc))
    }
    const target = pc + 1 + this.#program.offset(pc)
    if (target < 0 || target >= this.#program.length)
      this.#log.refuse(EINVAL, `jump out of range from insn ${pc} to ${target}`)
    if (target <= pc) this.#log.refuse(EINVAL, `back-edge from insn ${pc} to ${target}`)
    const other = this.#arriving.get(target)
    this.#arriving.set(
      target,
      other === undefined ? [...registers] : other.map((value, i) => join(value, registers[i])),
    )
    if (code === GOTO) this.#registers = undefined
  }

  #exit(): void {
    const answer = this.#value(BPF_REG_0)
    if (typeof answer === 'string')
      this.#log.refuse(EINVAL, `At program exit the register R0 is not a known value (${answer})`)
    const { maxAnswer } = this.#type
    if (answer.max > maxAnswer)
      this.#log.refuse(
        EINVAL,
        `At program exit the register R0 should have been in [0, ${maxAnswer}]`,
      )
    this.#registers = undefined
  }

  #value(register: number): Exclude<RegisterValue, undefined> {
    const value = this.#registers?.[register]
    return value ?? this.#log.refuse(EACCES, `R${register} !read_ok`)
  }

  #number(register: number): Range {
    const value = this.#value(register)
    return typeof value === 'string' ? this.#refuseArithmetic(register) : value
  }

  #right(pc: number, code: number): Exclude<RegisterValue, undefined> {
    if (code & BPF_X) return this.#value(this.#program.source(pc))
    return exactly(BigInt.asUintN(64, BigInt(this.#program.operand(pc))))
  }

  #write(pc: number, value: RegisterValue): void {
    const register = this.#program.destination(pc)
    if (register === BPF_REG_10) this.#log.refuse(EACCES, 'frame pointer is read only')
    this.#registers![register] = value
  }

  #refuseArithmetic(register: number): never {
    this.#log.refuse(EACCES, `R${register} pointer arithmetic prohibited`)
  }

  #describe(register: number): string {
    const value = this.#registers?.[register]
    return typeof value === 'string' ? value : 'scalar'
  }
}
