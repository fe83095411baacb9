// What all stubs of a sandbox share: the pages they map, and running batches in a stopped one. (platform-ptrace)

import { Errno } from '@tsvisor/abi'
import {
  addressOf,
  type Batch,
  ENTRY_SIZE,
  ftruncate,
  loadCode,
  mapShared,
  memfdCreateExecutable,
  NR,
  PTRACE,
  ptrace,
  type Region,
  WALL,
  wait4,
  waitStatus,
} from '@tsvisor/host'
import { REGISTERS_SIZE, Reg } from '@tsvisor/sentry-kernel'
import { faultCode, SIGBUS, SIGSEGV, SIGTRAP } from './fault-info.ts'
import { BATCH_ENTRIES, BATCH_OFFSET, CODE_OFFSET, SHARED_SIZE, STUB } from './stub-code.ts'

const EINTR = -4
const TWO_32 = 0x1_0000_0000

/** A traced thread died while it ran a batch. */
export class StubDied extends Error {
  override readonly name = 'StubDied'
}

const setReg = (words: Uint32Array, reg: number, value: number): void => {
  words[reg * 2] = value % TWO_32
  words[reg * 2 + 1] = value / TWO_32
}
const getReg = (words: Uint32Array, reg: number): number =>
  words[reg * 2 + 1]! * TWO_32 + words[reg * 2]!

/** Runs code of the stub page in stopped threads. One per platform. */
export class Tracer {
  /** memfd behind the pages that stubs map. */
  readonly fd: number
  /** Our own writable view of them. */
  readonly shared: Region
  /** The code page in this process, where a clone of it can start. */
  readonly code = loadCode(STUB.code)
  readonly batchWords: Uint32Array
  /** Start of the stub's area in every stub; also the end of what guests may map. */
  areaBase = 0
  /** rax when the last batch stopped: two's complement low word. */
  lastResult = 0
  private readonly registers = new Uint32Array(REGISTERS_SIZE / 4)
  private readonly registersAddress = addressOf(this.registers)
  private readonly results = new Uint32Array(REGISTERS_SIZE / 4)
  private readonly resultsAddress = addressOf(this.results)

  constructor() {
    this.fd = memfdCreateExecutable('tsvisor-stub')
    ftruncate(this.fd, SHARED_SIZE)
    this.shared = mapShared(this.fd, 0, SHARED_SIZE)
    this.shared.bytes.set(STUB.code, CODE_OFFSET)
    this.batchWords = new Uint32Array(
      this.shared.bytes.buffer,
      BATCH_OFFSET,
      (BATCH_ENTRIES * ENTRY_SIZE) / 4,
    )
    const r = this.registers
    setReg(r, Reg.cs, 0x33)
    setReg(r, Reg.ss, 0x2b)
    setReg(r, Reg.eflags, 0x202)
    // No restart of a call that the stop interrupted.
    r[Reg.orig_rax * 2] = r[Reg.orig_rax * 2 + 1] = 0xffff_ffff
  }

  /**
   * Runs a queue of calls in a stopped thread, whose registers are lost. Returns the first failure
   * as an Errno; the calls behind it run all the same. Throws StubDied.
   */
  run(tid: number, batch: Batch): Errno | undefined {
    let failure: Errno | undefined
    for (let from = 0; from < batch.length; ) {
      const count = batch.copyTo(this.batchWords, from)
      const done = this.runCopied(tid, count)
      from += done
      if (done < count) {
        // Advice is advice.
        if (batch.number(from) !== NR.madvise) failure ??= Errno.of(-this.lastResult)
        from++
      }
    }
    batch.clear()
    return failure
  }

  /** Runs the first `count` entries of the batch page; how many succeeded. `lastResult` is set. */
  runCopied(tid: number, count: number): number {
    const base = this.areaBase + BATCH_OFFSET
    return this.runAt(tid, this.areaBase + CODE_OFFSET, base, count)
  }

  /** As runCopied, for a stub whose pages are still elsewhere. Throws StubDied. */
  runAt(tid: number, code: number, entries: number, count: number): number {
    this.start(tid, code, entries, count)
    for (;;) {
      const status = this.waitFor(tid)
      if (this.finished(tid, status, code)) break
      this.goOn(tid, status)
    }
    return (getReg(this.results, Reg.rbx) - entries) / ENTRY_SIZE
  }

  /** Sets a stopped stub going on a batch without waiting for it. */
  start(tid: number, code: number, entries: number, count: number): void {
    const r = this.registers
    setReg(r, Reg.rip, code + STUB.batch)
    setReg(r, Reg.rbx, entries)
    setReg(r, Reg.r12, count)
    this.go(tid)
  }

  /** Whether `status` is the stop at the end of a batch; then `lastResult` is set. */
  finished(tid: number, status: number, code: number): boolean {
    if (status !== ((SIGTRAP << 8) | 0x7f)) return false
    if (ptrace(PTRACE.GETREGS, tid, 0, this.resultsAddress) < 0) return false
    this.lastResult = this.results[Reg.rax * 2]! | 0
    return getReg(this.results, Reg.rip) === code + STUB.stopped
  }

  /** The 64-bit result of the last batch, as an unsigned number. */
  get lastWide(): number {
    return getReg(this.results, Reg.rax)
  }

  /**
   * Atomic compare-and-exchange of a 32-bit word by a stopped thread, whose registers are lost.
   * The word found, or undefined where the memory cannot be written.
   */
  exchange(tid: number, address: number, expected: number, value: number): number | undefined {
    const r = this.registers
    const code = this.areaBase + CODE_OFFSET
    setReg(r, Reg.rip, code + STUB.exchange)
    setReg(r, Reg.rdi, address)
    setReg(r, Reg.rax, expected >>> 0)
    setReg(r, Reg.rdx, value >>> 0)
    this.go(tid)
    for (;;) {
      const status = this.waitFor(tid)
      if ((status & 0xffff00ff) === 0x7f) {
        ptrace(PTRACE.GETREGS, tid, 0, this.resultsAddress)
        const ip = getReg(this.results, Reg.rip)
        if (ip === code + STUB.exchanged) return this.results[Reg.rax * 2]!
        const signal = status >> 8
        if ((signal === SIGSEGV || signal === SIGBUS) && ip === code + STUB.exchange)
          return undefined
      }
      this.goOn(tid, status)
    }
  }

  /** Waits for a stop of one thread. Throws StubDied. */
  waitFor(tid: number): number {
    let got = wait4(tid, WALL)
    while (got === EINTR) got = wait4(tid, WALL)
    const status = waitStatus()
    if (got !== tid || (status & 0x7f) !== 0x7f) throw new StubDied(`stub ${tid} died`)
    return status
  }

  /** After a stop that is from outside, a signal or a late interrupt: not for the stub. */
  private goOn(tid: number, status: number): void {
    if (faultCode(tid, status >> 8) !== undefined)
      throw new StubDied(`stub ${tid}: signal ${status >> 8} in its own code`)
    ptrace(PTRACE.CONT, tid, 0, 0)
  }

  private go(tid: number): void {
    if (ptrace(PTRACE.SETREGS, tid, 0, this.registersAddress) < 0) throw new StubDied(`${tid}`)
    if (ptrace(PTRACE.CONT, tid, 0, 0) < 0) throw new StubDied(`${tid}`)
  }
}
