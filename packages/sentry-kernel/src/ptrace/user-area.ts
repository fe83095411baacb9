// A tracee's registers, one by one and as user_regs_struct: struct user. (ptrace)
// Linux arch/x86/kernel/ptrace.c: getreg, putreg, ptrace_get_debugreg, ptrace_set_debugreg.

import { EIO, ENOSPC } from '@tsvisor/abi'
import { USER_END } from '../mm/user-memory.ts'
import { REGISTERS_SIZE, Reg, type Registers } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'

/** Bytes of struct user as the kernel has it, with error_code and fault_address; where u_debugreg[8] is. */
const USER_SIZE = 928
const DEBUG_REGISTERS = 848
/** What DR6 reads as when nothing has happened. */
const DR6_RESERVED = 0xffff_0ff0n

const USER_CS = 0x33n
const USER_SS = 0x2bn
/** Flags that a tracer may set (FLAG_MASK): CF PF AF ZF SF TF DF OF NT RF AC. */
const USER_FLAGS = 0x5_4dd5n

/** PTRACE_PEEKUSER. Errors: EIO (place). */
export function peekUser(task: Task, offset: number): bigint {
  checkOffset(offset)
  if (offset < REGISTERS_SIZE) return task.thread.registers.getBig((offset / 8) as Reg)
  // There are no debug registers to be had: they are as after a reset.
  return offset === DEBUG_REGISTERS + 6 * 8 ? DR6_RESERVED : 0n
}

/** PTRACE_POKEUSER. Errors: EIO (place, value), ENOSPC: there are no hardware breakpoints left. */
export function pokeUser(task: Task, offset: number, value: bigint): void {
  checkOffset(offset)
  if (offset < REGISTERS_SIZE) {
    putRegister(task.thread.registers, offset / 8, value)
    return
  }
  const debug = (offset - DEBUG_REGISTERS) / 8
  if (debug < 0 || debug > 7 || debug === 4 || debug === 5) throw EIO
  if (debug !== 6 && value !== 0n) throw ENOSPC
}

function checkOffset(offset: number): void {
  if (offset % 8 !== 0 || offset < 0 || offset >= USER_SIZE) throw EIO
}

/** Sets one register as a tracer may. Errors: EIO. */
export function putRegister(registers: Registers, index: number, value: bigint): void {
  switch (index) {
    // No guest leaves the 64-bit user segments.
    case Reg.cs:
    case Reg.ss:
      if ((value & 0xffffn) !== (index === Reg.cs ? USER_CS : USER_SS)) throw EIO
      return
    case Reg.ds:
    case Reg.es:
    case Reg.fs:
    case Reg.gs: {
      const selector = value & 0xffffn
      if (selector !== 0n && (selector & 3n) !== 3n) throw EIO
      registers.setBig(index, selector)
      return
    }
    case Reg.fs_base:
    case Reg.gs_base:
      if (value >= USER_END) throw EIO
      registers.setBig(index, value)
      return
    case Reg.eflags:
      registers.setBig(index, (registers.getBig(index) & ~USER_FLAGS) | (value & USER_FLAGS))
      return
    default:
      registers.setBig(index as Reg, value)
  }
}

/** user_regs_struct as bytes. */
export const registerBytes = ({ thread }: Task): Uint8Array =>
  new Uint8Array(thread.registers.words.slice().buffer)

/** Sets the first registers from bytes, whole words of them, up to the first that is refused. Errors: EIO. */
export function putRegisters(task: Task, data: Uint8Array): void {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  for (let at = 0; at + 8 <= data.length; at += 8)
    putRegister(task.thread.registers, at / 8, view.getBigUint64(at, true))
}
