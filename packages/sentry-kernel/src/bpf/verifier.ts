// Whether a program may be loaded: it ends, and reads nothing but what it is given. (bpf)
// Linux kernel/bpf/verifier.c: do_check; kernel/bpf/cgroup.c: cgroup_dev_is_valid_access. Linux follows each way
// through a program; here ways that meet are one, and there is no stack.

import {
  BPF_ALU,
  BPF_ALU64,
  BPF_END,
  BPF_JMP,
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
import { branch } from './branch.ts'
import {
  CALL,
  checkFields,
  checkInstructions,
  EXIT,
  GOTO,
  isJump,
  WIDE,
} from './check-instructions.ts'
import { sizeOf } from './context.ts'
import { checkControlFlow, targetOf } from './control-flow.ts'
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
  checkControlFlow(instructions, log)
  new Verifier(program, log).run()
  log.say(`processed ${instructions.length} insns`)
}

class Verifier {
  readonly #program: Instructions
  readonly #type: ProgramType
  readonly #log: VerifierLog
  /** What holds where jumps lead to. */
  readonly #arriving = new Map<number, Registers>()
  /** What holds now; undefined where no way leads. */
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
    for (let pc = 0; pc < this.#program.length; pc++) {
      this.#arrive(pc)
      if (this.#registers !== undefined) this.#step(pc, this.#registers)
      if (this.#program.code(pc) === WIDE) pc++
    }
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
    checkFields(this.#program, pc, this.#log)
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
    if (code === GOTO) {
      this.#leadTo(targetOf(this.#program, pc), registers)
      this.#registers = undefined
      return
    }
    const register = this.#program.destination(pc)
    const left = this.#number(register)
    const right = code & BPF_X ? this.#number(this.#program.source(pc)) : this.#operand(pc)
    const width = (code & 7) === BPF_JMP ? 64 : 32
    const { taken, passed } = branch(code & 0xf0, left, right, width)
    if (taken !== undefined)
      this.#leadTo(targetOf(this.#program, pc), registers.with(register, taken))
    this.#registers = passed && registers.with(register, passed)
  }
  #leadTo(target: number, registers: Registers): void {
    const other = this.#arriving.get(target)
    this.#arriving.set(target, other?.map((value, i) => join(value, registers[i])) ?? registers)
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
    return code & BPF_X ? this.#value(this.#program.source(pc)) : this.#operand(pc)
  }
  #operand(pc: number): Range {
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
