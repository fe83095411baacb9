// A filter and those that were there before it: what they say of a system call. (seccomp)
// Linux kernel/seccomp.c: struct seccomp_filter, seccomp_run_filters, seccomp_cache_check_allow.

import { AUDIT_ARCH_X86_64, ENOMEM, SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ALLOW } from '@tsvisor/abi'
import { Reg, type Registers } from '../platform/registers.ts'
import { type BpfProgram, SECCOMP_DATA_WORDS } from './bpf-program.ts'

/** Instructions of all filters of a task, and so many more for each of them. */
const MAX_TOTAL = 32_768
const PER_FILTER = 4

/** Numbers for which answers are kept. */
const KEPT = 512
const UNKNOWN = -1
/** The answer depends on arguments. */
const DEPENDS = -2

const data = new Int32Array(SECCOMP_DATA_WORDS)
const ARGUMENTS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const

/** Immutable, and shared by those that inherit it. */
export class SeccompFilter {
  readonly previous: SeccompFilter | undefined
  /** How many there are, this one included. */
  readonly count: number
  readonly #program: BpfProgram
  readonly #total: number
  /** What all of them together answer, by number. Made on first use: most have successors. */
  #answers: Float64Array | undefined

  /** Errors: ENOMEM when they are too long altogether. */
  constructor(program: BpfProgram, previous: SeccompFilter | undefined) {
    this.previous = previous
    this.count = (previous?.count ?? 0) + 1
    this.#program = program
    this.#total =
      program.convertedLength + (previous === undefined ? 0 : previous.#total + PER_FILTER)
    if (this.#total > MAX_TOTAL) throw ENOMEM
  }

  /** SECCOMP_RET_* with its data, for the call at which the thread has stopped. */
  evaluate(registers: Registers): number {
    const nr = registers.syscallNumber
    if (nr < 0 || nr >= KEPT) return this.#run(registers).answer
    this.#answers ??= new Float64Array(KEPT).fill(UNKNOWN)
    const known = this.#answers[nr]!
    if (known >= 0) return known
    const { answer, isConstant } = this.#run(registers)
    if (known === UNKNOWN) this.#answers[nr] = isConstant ? answer : DEPENDS
    return answer
  }

  /** Whether this one is `other` or was there before it. */
  isAncestorOf(other: SeccompFilter | undefined): boolean {
    let at = other
    while (at !== undefined && at !== this) at = at.previous
    return at === this
  }

  /** The strictest answer counts; of equal ones that of the newest filter. */
  #run(registers: Registers): { answer: number; isConstant: boolean } {
    const { words } = registers
    data[0] = registers.syscallNumber
    data[1] = AUDIT_ARCH_X86_64 | 0
    copyRegister(words, Reg.rip, 2)
    for (let i = 0; i < ARGUMENTS.length; i++) copyRegister(words, ARGUMENTS[i]!, 4 + 2 * i)
    let answer = SECCOMP_RET_ALLOW
    let isConstant = true
    for (let at: SeccompFilter | undefined = this; at !== undefined; at = at.previous) {
      const each = at.#program.run(data)
      if (at.#program.readBeyond) isConstant = false
      if (strictness(each) < strictness(answer)) answer = each
    }
    return { answer, isConstant }
  }
}

/** Signed: SECCOMP_RET_KILL_PROCESS comes first. */
const strictness = (answer: number): number => answer & SECCOMP_RET_ACTION_FULL

function copyRegister(words: Uint32Array, register: Reg, at: number): void {
  data[at] = words[register * 2]!
  data[at + 1] = words[register * 2 + 1]!
}
