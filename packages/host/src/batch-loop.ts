// Machine code that makes the system calls of a batch, in a fresh process or in a signal handler. (host)

import { Assembler } from './assembler.ts'
import { ENTRY_SIZE, FORKED, TOLERATED } from './batch.ts'
import { type HostAddress, loadCode } from './native.ts'
import { NR } from './nr.ts'

const assemble = () => {
  const a = new Assembler()
  // A process starts here, its stack pointing at the words below. The last call is an execve.
  a.label('process')
  a.load('rbx', 'rsp', 0).load('r12', 'rsp', 8).load('r13', 'rsp', 16)
  loop(a, 'process')
  a.label('process failed')
  a.store('r13', 0, 'rax').store('r13', 8, 'rbx')
  a.label('process done')
  a.mov('rdi', 127).mov('rax', NR.exit_group).syscall()

  // void handler(int): it may spoil all registers, rt_sigreturn restores them.
  a.label('handler')
  const words = a.here + 2
  a.mov('rsi', 0)
  a.load('rbx', 'rsi', 0).load('r12', 'rsi', 8).load('r13', 'rsi', 16)
  loop(a, 'handler')
  a.label('handler failed')
  a.store('r13', 0, 'rax').store('r13', 8, 'rbx')
  a.label('handler done')
  // lock inc qword [r13 + 16]
  a.bytes(0xf0, 0x49, 0xff, 0x45, 0x10).ret()
  a.label('restorer')
  a.mov('rax', NR.rt_sigreturn).syscall()
  const code = a.finish()
  return {
    code,
    words,
    process: a.offsetOf('process'),
    handler: a.offsetOf('handler'),
    restorer: a.offsetOf('restorer'),
  }
}

/** rbx: first entry, r12: how many, r13: where a failure is noted (rax, then the entry). */
const loop = (a: Assembler, name: string): void => {
  a.label(`${name} next`)
  a.load('rax', 'rbx', 0).load('rdi', 'rbx', 8).load('rsi', 'rbx', 16).load('rdx', 'rbx', 24)
  a.load('r10', 'rbx', 32).load('r8', 'rbx', 40).load('r9', 'rbx', 48)
  a.syscall()
  a.compare('rax', -4095).jumpIf('b', `${name} passed`)
  a.load('rcx', 'rbx', 56).compare('rcx', TOLERATED).jumpIf('ne', `${name} failed`)
  a.label(`${name} passed`)
  a.load('rcx', 'rbx', 56).compare('rcx', FORKED).jumpIf('ne', `${name} goes on`)
  a.compare('rax', 0).jumpIf('ne', `${name} done`)
  a.label(`${name} goes on`)
  a.add('rbx', ENTRY_SIZE).add('r12', -1).jumpIf('ne', `${name} next`)
  a.jump(`${name} done`)
}

const LOOP = assemble()

/** Where the parts of the loop are in this process. */
export interface LoopCode {
  readonly process: HostAddress
  readonly handler: HostAddress
  readonly restorer: HostAddress
}

/**
 * A copy of the code. `words` is for the handler: the addresses of the first entry, the number of
 * entries, the address of three words for the failure and the count of threads that are through.
 */
export const loadLoop = (words: number): LoopCode => {
  const code = LOOP.code.slice()
  new DataView(code.buffer).setBigUint64(LOOP.words, BigInt(words), true)
  const base = loadCode(code)
  const part = (offset: number) => (base + offset) as HostAddress
  return {
    process: part(LOOP.process),
    handler: part(LOOP.handler),
    restorer: part(LOOP.restorer),
  }
}
