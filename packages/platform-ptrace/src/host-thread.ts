// One traced host thread that runs guest code. (platform-ptrace)

import {
  addressOf,
  PTRACE,
  pokeAndGo,
  ptrace,
  setAndGo,
  waitFetched,
  waitFetching,
} from '@tsvisor/host'
import { Reg, Registers, type Thread } from '@tsvisor/sentry-kernel'
import { readXstate, resetXstate, writeXstate, xstateSize } from './fpu.ts'
import type { Space } from './space.ts'

const ESRCH = -3

/** stopped: the kernel's; running: in the guest; idle: stopped and spare; dead: no longer there. */
export type ThreadState = 'stopped' | 'running' | 'idle' | 'dead'

export class HostThread implements Thread {
  owner: unknown = undefined
  readonly registers: Registers
  state: ThreadState = 'stopped'
  /** An `interrupted` event is owed. */
  wanted = false
  /** May run on any CPU; else it stays on the home CPU. */
  roams = false
  /** Stops in a row, while roaming, with no other thread running. */
  alone = 0
  /** Its registers came with the wait. */
  private fetched = false
  /** The ptrace request that set it running. */
  private request: number = PTRACE.SYSEMU
  private readonly words = new Uint32Array(54)
  private readonly wordsAddress = addressOf(this.words)
  readonly space: Space
  readonly tid: number

  constructor(space: Space, tid: number) {
    this.space = space
    this.tid = tid
    this.registers = new Registers(this.words)
  }

  resume(mode: 'run' | 'step'): void {
    const space = this.space
    if (space.pending) space.settle(this)
    if (this.state !== 'stopped') return
    this.request = mode === 'run' ? PTRACE.SYSEMU : PTRACE.SYSEMU_SINGLESTEP
    this.state = 'running'
    space.tracing.running++
    space.tracing.latest = this
    // A failure means that it was killed from outside: the wait reports that.
    const { registers } = this
    const result = registers.dirty === 'rax' ? resultIn(this.words) : undefined
    if (result !== undefined) {
      registers.dirty = 'none'
      pokeAndGo(this.request, this.tid, Reg.rax * 8, result)
    } else if (registers.dirty !== 'none') this.restart()
    else this.proceed()
  }

  /** Goes on after a stop that is no event for the kernel. */
  proceed(): void {
    ptrace(this.request, this.tid, 0, 0)
  }

  /** Goes on with all of its registers as they are here. */
  restart(): void {
    const { words, request, tid, wordsAddress } = this
    words[Reg.orig_rax * 2] = words[Reg.orig_rax * 2 + 1] = 0xffff_ffff
    this.registers.dirty = 'none'
    const result = setAndGo(request, tid, wordsAddress)
    if (result === 0 || result === ESRCH) return
    // The host refused a selector or base, and stopped half way: give it ones that it takes.
    sanitize(words)
    setAndGo(request, tid, wordsAddress)
  }

  interrupt(): void {
    if (this.state !== 'running' || this.wanted) return
    this.wanted = true
    ptrace(PTRACE.INTERRUPT, this.tid, 0, 0)
  }

  /** wait4(2) of any thread or stub; a system call of this thread comes with its registers. */
  wait(options: number): number {
    const tid = waitFetching(options, this.tid, this.wordsAddress)
    this.fetched = waitFetched()
    return tid
  }

  /** Fetches the registers of a thread that has just stopped; false if it is gone. */
  readRegisters(): boolean {
    this.registers.dirty = 'none'
    if (this.fetched) {
      this.fetched = false
      return true
    }
    return ptrace(PTRACE.GETREGS, this.tid, 0, this.wordsAddress) === 0
  }

  get fpuSize(): number {
    return xstateSize(this.tid)
  }

  readFpu(): Uint8Array {
    return readXstate(this.tid)
  }

  writeFpu(area: Uint8Array): boolean {
    return writeXstate(this.tid, area)
  }

  resetFpu(): void {
    resetXstate(this.tid)
  }

  cpuTimeNs(): number {
    return this.space.cpuTimeNs(this)
  }

  release(): void {
    this.space.retire(this)
  }
}

/** rax, undefined where it cannot be written alone. */
const resultIn = (words: Uint32Array): number | undefined => {
  const high = words[Reg.rax * 2 + 1]! | 0
  const low = words[Reg.rax * 2]!
  // Beyond these a double is not exact; -512…-516 would make the host restart the call.
  const restarts = high === -1 && low >= 0xffff_fdfc && low <= 0xffff_fe00
  if (restarts || high < -0x20_0000 || high >= 0x20_0000) return undefined
  return high * 0x1_0000_0000 + low
}

const CANONICAL = 0x8000

const sanitize = (words: Uint32Array): void => {
  const set = (reg: number, value: number) => {
    words[reg * 2] = value
    words[reg * 2 + 1] = 0
  }
  set(Reg.cs, 0x33)
  set(Reg.ss, 0x2b)
  for (const reg of [Reg.ds, Reg.es, Reg.fs, Reg.gs]) set(reg, 0)
  for (const reg of [Reg.fs_base, Reg.gs_base]) if (words[reg * 2 + 1]! >= CANONICAL) set(reg, 0)
}
