// Notices that the one loop of this process no longer turns, whatever keeps it: JavaScript or a host call. (host)
//
// A thread in machine code looks at a word that the loop changes, and sleeps again. When the word stays
// the same it asks V8 to interrupt JavaScript where it is (v8::Isolate::RequestInterrupt, which is made
// for other threads), and sends a signal that ends a blocking system call with EINTR, so that there is
// JavaScript to interrupt. What is called then is a function like any other, and can look at the stack.

import { Errno } from '@tsvisor/abi'
import { Assembler } from './assembler.ts'
import { call1, call4 } from './call.ts'
import { allocate } from './memory.ts'
import {
  at,
  callbackAddress,
  exportedFunction,
  functionAt,
  type HostAddress,
  loadCode,
} from './native.ts'
import { NR } from './nr.ts'

const REQUEST_INTERRUPT = '_ZN2v87Isolate16RequestInterruptEPFvPS0_PvES2_'
const GET_CURRENT = '_ZN2v87Isolate10GetCurrentEv'
/** The last of the real-time signals: nobody else's. */
const SIGNAL = 64
const SA_RESTORER = 0x0400_0000
const SIG_SETMASK = 2
const ALL_SIGNALS = 0xffff_ffff_ffff_ffffn
const SIGSET_SIZE = 8

/** Words of 64 bits in the page. */
const WORD = {
  beats: 0,
  /** struct timespec */
  period: 1,
  periods: 3,
  interrupt: 4,
  isolate: 5,
  callback: 6,
  pid: 7,
  tid: 8,
  /** struct sigaction of the kernel */
  action: 9,
  mask: 13,
  oldMask: 14,
  thread: 15,
} as const
const offset = (word: keyof typeof WORD): number => WORD[word] * 8

const assemble = () => {
  const a = new Assembler()
  // void *thread(void *page). It never returns. r12: beats seen last, r13: how often, r14: told of it
  a.bytes(0x50) // push rax: an aligned stack for the function that is called
  a.move('rbx', 'rdi').mov('r12', -1).mov('r13', 0).mov('r14', 0)
  a.label('sleep')
  a.move('rdi', 'rbx').add('rdi', offset('period')).mov('rsi', 0)
  a.mov('rax', NR.nanosleep).syscall()
  a.load('rax', 'rbx', offset('beats'))
  a.bytes(0xa8, 1).jumpIf('ne', 'well') // test al, 1: odd while it waits
  a.bytes(0x4c, 0x39, 0xe0).jumpIf('ne', 'well') // cmp rax, r12
  a.add('r13', 1).load('rcx', 'rbx', offset('periods'))
  a.bytes(0x49, 0x39, 0xcd).jumpIf('ne', 'sleep') // cmp r13, rcx
  a.mov('r13', 0).mov('r14', 1)
  a.label('tell')
  a.load('rdi', 'rbx', offset('isolate')).load('rsi', 'rbx', offset('callback'))
  a.move('rdx', 'r14').load('rax', 'rbx', offset('interrupt'))
  a.bytes(0xff, 0xd0) // call rax
  a.compare('r14', 0).jumpIf('e', 'sleep')
  a.load('rdi', 'rbx', offset('pid')).load('rsi', 'rbx', offset('tid')).mov('rdx', SIGNAL)
  a.mov('rax', NR.tgkill).syscall()
  a.jump('sleep')
  a.label('well')
  a.move('r12', 'rax').mov('r13', 0)
  a.compare('r14', 0).jumpIf('e', 'sleep')
  a.mov('r14', 0).jump('tell')
  a.label('handler').ret()
  a.label('restorer').mov('rax', NR.rt_sigreturn).syscall()
  return { code: a.finish(), handler: a.offsetOf('handler'), restorer: a.offsetOf('restorer') }
}

const STACK_DEPTH = 50

/** Who called that function, the innermost first. */
function stackBelow(callback: (a: number, b: number) => void): string[] {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = STACK_DEPTH
  const holder = { stack: '' }
  Error.captureStackTrace(holder, callback)
  Error.stackTraceLimit = stackTraceLimit
  return holder.stack.split('\n').slice(1)
}

export interface HeartbeatOptions {
  /** How often it is looked at, in milliseconds. */
  readonly periodMs: number
  /** After so many looks at the same beat the loop hangs. */
  readonly periods: number
  /**
   * Called in the middle of whatever JavaScript runs, whose stack it gets as lines: when the loop hangs,
   * again for as long as it does, and when it turns again. May not throw.
   */
  readonly onChange: (state: 'hangs' | 'turns', stack: readonly string[]) => void
}

export class Heartbeat {
  readonly #page = allocate(4096)
  readonly #beats = new Int32Array(this.#page.bytes.buffer, 0, 1)

  /** Before the loop waits for what comes next, and after that. */
  beat(): void {
    this.#beats[0]! += 1
  }

  /**
   * Has the beat watched from now on, and for good. Throws a plain Error where this Node does not
   * export what it takes, EAGAIN when no thread can be had.
   */
  watch({ periodMs, periods, onChange }: HeartbeatOptions): void {
    const interrupt = exportedFunction(REQUEST_INTERRUPT)
    const isolate = functionAt(exportedFunction(GET_CURRENT), 'int64 NAME()')()
    const create = functionAt(
      exportedFunction('pthread_create'),
      'int NAME(int64 thread, int64 attributes, int64 start, int64 argument)',
    )
    const { code, handler, restorer } = assemble()
    const base = loadCode(code)
    const words = new BigInt64Array(this.#page.bytes.buffer)
    const set = (word: keyof typeof WORD, ...values: readonly (number | bigint)[]) =>
      values.forEach((value, i) => void (words[WORD[word] + i] = BigInt(value)))
    set('period', Math.floor(periodMs / 1000), Math.round((periodMs % 1000) * 1e6))
    set('periods', periods)
    set('interrupt', interrupt)
    set('isolate', isolate)
    const callback = (_: number, hangs: number) =>
      onChange(hangs === 0 ? 'turns' : 'hangs', stackBelow(callback))
    set('callback', callbackAddress(callback))
    set('pid', process.pid)
    set('tid', call1(NR.gettid, 0))
    set('action', at(base, handler), SA_RESTORER, at(base, restorer), 0)
    set('mask', ALL_SIGNALS)
    const word = (name: keyof typeof WORD): HostAddress => at(this.#page.address, offset(name))
    call4(NR.rt_sigaction, SIGNAL, word('action'), 0, SIGSET_SIZE)
    // Handlers of signals are not for that thread, which has no JavaScript.
    call4(NR.rt_sigprocmask, SIG_SETMASK, word('mask'), word('oldMask'), SIGSET_SIZE)
    const error = create(word('thread'), 0, base, this.#page.address)
    call4(NR.rt_sigprocmask, SIG_SETMASK, word('oldMask'), 0, SIGSET_SIZE)
    if (error !== 0) throw Errno.of(error)
  }
}
