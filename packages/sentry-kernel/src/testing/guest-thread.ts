// One guest thread whose code is generators. (testing)

import type { Addr } from '@tsvisor/abi'
import type { PlatformEvent, Thread } from '../platform/platform.ts'
import { Reg, Registers } from '../platform/registers.ts'
import type { ByteSpace, FaultKind } from './byte-space.ts'
import type { ExitCode, GuestFunction, Step } from './guest.ts'
import { GuestSys } from './guest-sys.ts'
import { SLOT_SIZE } from './layout.ts'

/** Legacy area and header of an XSAVE image with x87 and SSE. */
const FPU_SIZE = 576
const ENOSYS = -38
const SYSCALL_LENGTH = 2
/** Computations give way to events this often. */
const SLICE_NS = 1_000_000
const PAGE_FAULT = 14
const SIGBUS = 7
const SIGSEGV = 11

/** A call of a guest function that has not returned: program, handler or restorer. */
interface Frame {
  readonly code: Generator<Step, ExitCode, number>
  /** Where it goes on with the value of rax; two below, its system call starts again. */
  readonly pc: number
  readonly role: 'program' | 'thread' | 'handler'
  started: boolean
  /** A memory access that faulted and is tried again at pc - 1. */
  retry: Step | undefined
  /** What is left of a computation, ns: a handler may come in between. */
  computeNs: number
}

const newFpu = (): Uint8Array => {
  const area = new Uint8Array(FPU_SIZE)
  const view = new DataView(area.buffer)
  view.setUint16(0, 0x37f, true)
  view.setUint32(24, 0x1f80, true)
  view.setUint32(464, 3, true)
  view.setUint32(512, 3, true)
  return area
}

export class GuestThread implements Thread {
  owner: unknown
  readonly space: ByteSpace
  readonly registers = new Registers()
  readonly slot: number
  /** Contents of the x87 and SSE registers: guests may look and write. */
  fpu: Uint8Array
  cpuNs = 0
  readonly sys: GuestSys
  /** Set by fork, vfork and clone of the guest: what the next child runs. */
  nextChild:
    | { readonly code: GuestFunction; readonly slot?: number; readonly role: Frame['role'] }
    | undefined
  #frames: Frame[] = []
  #interrupt = false
  #running = false
  #released = false

  constructor(space: ByteSpace, slot: number, like: GuestThread | undefined) {
    this.space = space
    this.slot = slot
    this.fpu = like ? like.fpu.slice() : newFpu()
    this.sys = new GuestSys(this, like?.slot === slot ? like.sys : undefined)
    space.threads.add(this)
    if (!like) {
      this.registers.set(Reg.rsp, this.stackTop)
      this.registers.set(Reg.cs, 0x33)
      this.registers.set(Reg.ss, 0x2b)
      this.registers.set(Reg.eflags, 0x202)
      return
    }
    this.registers.copyFrom(like.registers)
    const child = like.nextChild
    like.nextChild = undefined
    if (!child) throw new Error('a guest that forks or clones must say what the child runs')
    const top = like.#frames[like.#frames.length - 1]!
    this.#frames.push({
      code: child.code(this.sys.api, 0, 0, 0),
      pc: top.pc,
      role: child.role,
      started: false,
      retry: undefined,
      computeNs: 0,
    })
  }

  /** First stack pointer: the upper end of its slot. */
  get stackTop(): number {
    return this.slot + SLOT_SIZE - 256
  }
  takeChildSlot(): number | undefined {
    return this.nextChild?.slot
  }
  forgetFrames(): void {
    this.#frames = []
  }

  resume(_mode: 'run' | 'step'): void {
    if (this.#released) throw new Error('resume of a released thread')
    if (this.#running) throw new Error('resume of a running thread')
    this.#running = true
    this.registers.dirty = 'none'
    this.space.platform.enqueue(this)
  }
  interrupt(): void {
    if (this.#running) this.#interrupt = true
  }
  get fpuSize(): number {
    return FPU_SIZE
  }
  readFpu(): Uint8Array {
    return this.fpu.slice()
  }
  writeFpu(area: Uint8Array): boolean {
    // The header's reserved bytes must be zero, and no component beyond those of readFpu.
    const view = new DataView(area.buffer, area.byteOffset, area.byteLength)
    if (area.length !== FPU_SIZE || view.getUint32(512, true) & ~3) return false
    if (area.subarray(520, 576).some(byte => byte !== 0)) return false
    const next = area.slice()
    // The software bytes are no state.
    next.set(this.fpu.subarray(464, 512), 464)
    this.fpu = next
    return true
  }
  resetFpu(): void {
    this.fpu = newFpu()
  }
  cpuTimeNs(): number {
    return this.cpuNs
  }
  release(): void {
    this.#released = true
    this.#running = false
    this.space.platform.dequeue(this)
    this.space.threads.delete(this)
    for (const frame of this.#frames.reverse()) frame.code.return(0)
    this.#frames = []
  }

  get interrupted(): boolean {
    return this.#interrupt
  }
  takeInterrupt(): void {
    this.#interrupt = false
    this.#running = false
  }
  /** Virtual time of its next step: what is left of a computation, in slices of a millisecond. */
  sliceNs(stepNs: number): number {
    const left = this.#computing?.computeNs ?? 0
    return left > 0 ? Math.min(left, SLICE_NS) : stepNs
  }

  /** Runs guest code up to its next event; undefined when it only used time. */
  run(): PlatformEvent | undefined {
    const frame = this.#computing
    if (frame && frame.computeNs > 0) {
      frame.computeNs -= Math.min(frame.computeNs, SLICE_NS)
      if (frame.computeNs > 0) return undefined
    }
    const event = this.#advance()
    if (event) {
      this.#running = false
      this.#interrupt = false
    }
    return event
  }

  /** The frame that goes on now, unless a handler starts first. */
  get #computing(): Frame | undefined {
    const ip = this.registers.get(Reg.rip)
    return this.#frames.findLast(frame => frame.pc === ip)
  }

  #advance(): PlatformEvent | undefined {
    const ip = this.registers.get(Reg.rip)
    const frame = this.#enter(ip)
    if (frame === undefined) return this.#fault('unmapped', ip, 'execute')
    if (ip === frame.pc - SYSCALL_LENGTH) return this.#systemCall(frame)
    let step: IteratorResult<Step, ExitCode>
    if (ip === frame.pc - 1 && frame.retry) step = { done: false, value: frame.retry }
    else {
      const { registers } = this
      const rax = registers.low(Reg.rax) + (registers.high(Reg.rax) | 0) * 0x1_0000_0000
      step = frame.started ? frame.code.next(rax) : frame.code.next(0)
      frame.started = true
    }
    frame.retry = undefined
    return step.done ? this.#return(frame, step.value) : this.#act(frame, step.value)
  }

  /** The frame that runs at `ip`: an active one, or a new call of the function there. */
  #enter(ip: number): Frame | undefined {
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      const frame = this.#frames[i]!
      if (ip !== frame.pc && ip !== frame.pc - SYSCALL_LENGTH && ip !== frame.pc - 1) continue
      for (const left of this.#frames.splice(i + 1).reverse()) left.code.return(0)
      return frame
    }
    const code = this.space.platform.functionAt(ip)
    if (!code) return undefined
    const { registers } = this
    const argument = (reg: Reg) => registers.get(reg)
    const frame: Frame = {
      code: code(this.sys.api, argument(Reg.rdi), argument(Reg.rsi), argument(Reg.rdx)),
      pc: this.space.platform.newPc(),
      role: this.#frames.length === 0 ? 'program' : 'handler',
      started: false,
      retry: undefined,
      computeNs: 0,
    }
    this.#frames.push(frame)
    registers.set(Reg.rip, frame.pc)
    return frame
  }

  #act(frame: Frame, step: Step): PlatformEvent | undefined {
    const { registers } = this
    switch (step.kind) {
      case 'syscall': {
        const order = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const
        for (let i = 0; i < 6; i++)
          registers.setBig(order[i]!, BigInt.asUintN(64, step.args[i] ?? 0n))
        registers.set(Reg.rax, step.nr)
        return this.#systemCall(frame)
      }
      case 'compute':
        frame.computeNs = step.ns
        registers.set(Reg.rip, frame.pc)
        return undefined
      case 'access': {
        const kind = this.space.fault(step.addr, step.access)
        if (kind === undefined) {
          registers.set(Reg.rax, 0)
          registers.set(Reg.rip, frame.pc)
          return undefined
        }
        frame.retry = step
        registers.set(Reg.rip, frame.pc - 1)
        return this.#fault(kind, step.addr, step.access)
      }
    }
  }

  #systemCall(frame: Frame): PlatformEvent {
    const { registers } = this
    registers.set(Reg.orig_rax, registers.low(Reg.rax) | 0)
    registers.set(Reg.rax, ENOSYS)
    registers.set(Reg.rip, frame.pc)
    return { kind: 'syscall', thread: this }
  }

  /** A guest function returned: a handler goes to its restorer, a program exits. */
  #return(frame: Frame, value: ExitCode): PlatformEvent | undefined {
    this.#frames.pop()
    const { registers } = this
    if (frame.role === 'handler') {
      const sp = registers.get(Reg.rsp)
      const word = new Uint8Array(8)
      if (this.space.read(sp as Addr, word) !== 8) return this.#fault('unmapped', sp, 'read')
      registers.setBig(Reg.rip, new DataView(word.buffer).getBigUint64(0, true))
      registers.set(Reg.rsp, sp + 8)
      return undefined
    }
    const exit: Frame = { ...frame, code: exited(), started: true }
    this.#frames.push(exit)
    const nr = frame.role === 'thread' ? 60 : 231
    return this.#act(exit, { kind: 'syscall', nr, args: [BigInt(value ?? 0)] })
  }

  #fault(kind: FaultKind, at: number, access: 'read' | 'write' | 'execute'): PlatformEvent {
    return {
      kind: 'fault',
      thread: this,
      signo: kind === 'bus' ? SIGBUS : SIGSEGV,
      code: kind === 'bus' ? 2 : kind === 'unmapped' ? 1 : 2,
      addr: at as Addr,
      access,
      trapno: PAGE_FAULT,
      error: 4 | (access === 'write' ? 2 : 0) | (kind === 'protection' ? 1 : 0),
    }
  }
}

function* exited(): Generator<Step, number, number> {
  return 0
}
