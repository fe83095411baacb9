// One traced host thread that runs guest code. (platform-ptrace)

import { addressOf, PTRACE, ptrace } from '@tsvisor/host'
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
    if (this.registers.dirty !== 'none') this.writeRegisters()
    this.request = mode === 'run' ? PTRACE.SYSEMU : PTRACE.SYSEMU_SINGLESTEP
    this.state = 'running'
    space.tracing.running++
    // A failure means that it was killed from outside: the wait reports that.
    ptrace(this.request, this.tid, 0, 0)
  }

  /** Goes on after a stop that is no event for the kernel. */
  proceed(): void {
    ptrace(this.request, this.tid, 0, 0)
  }

  /** Goes on after its registers were lent. */
  restart(): void {
    this.writeRegisters()
    this.proceed()
  }

  interrupt(): void {
    if (this.state !== 'running' || this.wanted) return
    this.wanted = true
    ptrace(PTRACE.INTERRUPT, this.tid, 0, 0)
  }

  /** Fetches the registers of a thread that has just stopped; false if it is gone. */
  readRegisters(): boolean {
    this.registers.dirty = 'none'
    return ptrace(PTRACE.GETREGS, this.tid, 0, this.wordsAddress) === 0
  }

  private writeRegisters(): void {
    const words = this.words
    const registers = this.registers
    if (registers.dirty === 'rax') {
      const high = words[Reg.rax * 2 + 1]! | 0
      const low = words[Reg.rax * 2]!
      // Beyond these a double is not exact; -512…-516 would make the host restart the call.
      const odd = high === -1 && low >= 0xffff_fdfc && low <= 0xffff_fe00
      if (!odd && high >= -0x20_0000 && high < 0x20_0000) {
        ptrace(PTRACE.POKEUSER, this.tid, Reg.rax * 8, high * 0x1_0000_0000 + low)
        registers.dirty = 'none'
        return
      }
    }
    words[Reg.orig_rax * 2] = words[Reg.orig_rax * 2 + 1] = 0xffff_ffff
    registers.dirty = 'none'
    const result = ptrace(PTRACE.SETREGS, this.tid, 0, this.wordsAddress)
    if (result === 0 || result === ESRCH) return
    // The host refused a selector or base, and stopped half way: give it ones that it takes.
    sanitize(words)
    ptrace(PTRACE.SETREGS, this.tid, 0, this.wordsAddress)
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
