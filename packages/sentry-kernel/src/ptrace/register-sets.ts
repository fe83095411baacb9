// Register sets by the type that they have in a core file. (ptrace)
// Linux kernel/ptrace.c: ptrace_regset; arch/x86/kernel/fpu/regset.c.

import { EFAULT, EINVAL, NT_PRFPREG, NT_PRSTATUS, NT_X86_XSTATE } from '@tsvisor/abi'
import { REGISTERS_SIZE } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'
import { putRegisters, registerBytes } from './user-area.ts'

/** struct user_fpregs_struct: the legacy part of an XSAVE area. */
export const FP_REGISTERS_SIZE = 512
/** XSTATE_BV in the header of an XSAVE area, and the bits of x87 and SSE. */
const COMPONENTS = 512
const X87_AND_SSE = 3

/** One set. Transfers are whole words, at most `size` bytes. */
export interface RegisterSet {
  readonly size: (task: Task) => number
  readonly get: (task: Task) => Uint8Array
  /** Errors: EIO, EINVAL, EFAULT. */
  readonly set: (task: Task, data: Uint8Array) => void
}

export const floatingPoint: RegisterSet = {
  size: () => FP_REGISTERS_SIZE,
  get: task => task.thread.readFpu().slice(0, FP_REGISTERS_SIZE),
  set: (task, data) => {
    if (data.length !== FP_REGISTERS_SIZE) throw EINVAL
    const area = task.thread.readFpu().slice()
    area.set(data)
    if (area.length > COMPONENTS) area[COMPONENTS]! |= X87_AND_SSE
    if (!task.thread.writeFpu(area)) throw EINVAL
  },
}

const SETS: Readonly<Record<number, RegisterSet>> = {
  [NT_PRSTATUS]: { size: () => REGISTERS_SIZE, get: registerBytes, set: putRegisters },
  [NT_PRFPREG]: floatingPoint,
  [NT_X86_XSTATE]: {
    size: task => task.thread.fpuSize,
    get: task => task.thread.readFpu().slice(),
    set: (task, data) => {
      if (data.length !== task.thread.fpuSize) throw EFAULT
      if (!task.thread.writeFpu(data)) throw EINVAL
    },
  },
}

/** Errors: EINVAL (no such set, or a length that is no multiple of eight). */
export function registerSet(type: number, length: number): RegisterSet {
  const set = SETS[type]
  if (set === undefined || length % 8 !== 0) throw EINVAL
  return set
}
