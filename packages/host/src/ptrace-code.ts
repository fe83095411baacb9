// Machine code from one ptrace stop to the next: two system calls for each call from JavaScript. (host)

import { Assembler } from './assembler.ts'
import { NR } from './nr.ts'

const POKEUSER = 6
const GETREGS = 12
const SETREGS = 13
/** The status of a stop at a system call, with PTRACE_O_TRACESYSGOOD. */
const SYSCALL_STOP = 0x857f

/** long go(long request, long tid, long offset, long value): POKEUSER of value, then request. */
export const goCode = (): Uint8Array => {
  const a = new Assembler()
  a.move('r8', 'rdi').move('r10', 'rcx')
  a.mov('rdi', POKEUSER).mov('rax', NR.ptrace).syscall()
  a.move('rdi', 'r8').mov('rdx', 0).mov('r10', 0)
  return a.mov('rax', NR.ptrace).syscall().ret().finish()
}

/** long set(long request, long tid, void *registers): SETREGS and, if that worked, request. */
export const setCode = (): Uint8Array => {
  const a = new Assembler()
  a.move('r8', 'rdi').move('r10', 'rdx')
  a.mov('rdi', SETREGS).mov('rdx', 0).mov('rax', NR.ptrace).syscall()
  a.compare('rax', 0).jumpIf('ne', 'end')
  a.move('rdi', 'r8').mov('rdx', 0).mov('r10', 0).mov('rax', NR.ptrace).syscall()
  return a.label('end').ret().finish()
}

/**
 * long wait(long options, int status[2], long tid, void *registers): wait4 of any child; GETREGS if it
 * is tid that stopped at a system call. status[1] says whether that worked.
 */
export const waitCode = (): Uint8Array => {
  const a = new Assembler()
  a.bytes(0xc7, 0x46, 0x04, 0, 0, 0, 0) // mov dword [rsi + 4], 0
  a.move('r8', 'rsi').move('r9', 'rdx')
  a.bytes(0x51) // push rcx, which a system call spoils
  a.move('rdx', 'rdi').mov('rdi', -1).mov('r10', 0)
  a.mov('rax', NR.wait4).syscall()
  a.bytes(0x41, 0x5a) // pop r10
  a.bytes(0x4c, 0x39, 0xc8).jumpIf('ne', 'end') // cmp rax, r9
  a.bytes(0x41, 0x81, 0x38, SYSCALL_STOP & 0xff, SYSCALL_STOP >> 8, 0, 0) // cmp dword [r8], …
  a.jumpIf('ne', 'end')
  a.mov('rdi', GETREGS).move('rsi', 'r9').mov('rdx', 0)
  a.mov('rax', NR.ptrace).syscall()
  a.compare('rax', 0).move('rax', 'r9').jumpIf('ne', 'end')
  a.bytes(0x41, 0xc7, 0x40, 0x04, 1, 0, 0, 0) // mov dword [r8 + 4], 1
  return a.label('end').ret().finish()
}
