// The signal frame on the guest's stack, byte for byte as Linux amd64 lays it out. (signal)
// Linux arch/x86/kernel/signal_64.c: x64_setup_rt_frame, rt_sigreturn; arch/x86/kernel/fpu/signal.c.

import { type Addr, UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS } from '@tsvisor/abi'
import { Reg } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'
import { type SignalInfo, writeSignalInfo } from './signal-info.ts'
import { SignalSet } from './signal-set.ts'

/** struct rt_sigframe: return address, ucontext (304 bytes), siginfo (128). */
const FRAME_SIZE = 440
const UC = 8
const UC_STACK = UC + 16
const MCONTEXT = UC + 40
const MC_IP = MCONTEXT + 128
const MC_FLAGS = MCONTEXT + 136
const MC_SEGMENTS = MCONTEXT + 144
const MC_ERR = MCONTEXT + 152
const MC_TRAPNO = MCONTEXT + 160
const MC_OLDMASK = MCONTEXT + 168
const MC_CR2 = MCONTEXT + 176
const MC_FPSTATE = MCONTEXT + 184
const UC_SIGMASK = MCONTEXT + 256
const SIGINFO = UC + 304

/** Order of the general registers in struct sigcontext. */
const SAVED = [
  Reg.r8,
  Reg.r9,
  Reg.r10,
  Reg.r11,
  Reg.r12,
  Reg.r13,
  Reg.r14,
  Reg.r15,
  Reg.rdi,
  Reg.rsi,
  Reg.rbp,
  Reg.rbx,
  Reg.rdx,
  Reg.rax,
  Reg.rcx,
  Reg.rsp,
] as const

const USER_CS = 0x33
const USER_DS = 0x2b
/** Flags that a program may set on sigreturn: AC OF DF TF SF ZF AF PF CF RF (FIX_EFLAGS). */
const USER_FLAGS = 0x50dd5
/** Cleared when a handler starts: DF, RF, TF. */
const HANDLER_CLEARS = 0x400 | 0x10000 | 0x100

const FXSAVE_SIZE = 512
const XSAVE_HEADER = 64
const SW_RESERVED = 464
const FP_XSTATE_MAGIC1 = 0x46505853
const FP_XSTATE_MAGIC2 = 0x46505845
/** Bytes below the stack pointer that belong to the interrupted function (System V ABI). */
const RED_ZONE = 128
const NON_CANONICAL = 0x8000_0000_0000

const frame = new Uint8Array(FRAME_SIZE)
const view = new DataView(frame.buffer)

/** What a frame is for. */
export interface FrameRequest {
  readonly info: SignalInfo
  readonly handler: number
  readonly restorer: number
  /** Mask that sigreturn puts back. */
  readonly mask: SignalSet
  readonly stack: 'current' | 'alternate'
}

const inside = (sp: number, base: number, size: number): boolean => sp > base && sp - base <= size

/**
 * Puts the frame on the stack and points the registers at the handler. False when guest memory does
 * not allow it (SIGSEGV follows).
 */
export function pushFrame(task: Task, request: FrameRequest): boolean {
  const { registers } = task.thread
  const { altStack } = task.signals
  const sp = registers.get(Reg.rsp)
  const armed = altStack.size > 0
  const nested = armed && inside(sp, altStack.sp, altStack.size)
  let top = sp - RED_ZONE
  const entering =
    request.stack === 'alternate' && armed && !inside(top, altStack.sp, altStack.size)
  if (entering) top = altStack.sp + altStack.size

  const fpu = floatingState(task.thread.readFpu())
  const fpuAt = fpu === undefined ? 0 : Math.floor((top - fpu.length) / 64) * 64
  const at = Math.floor(((fpu ? fpuAt : top) - FRAME_SIZE) / 16) * 16 - 8
  if (at <= 0 || at >= NON_CANONICAL) return false
  if ((nested || entering) && !inside(at, altStack.sp, altStack.size)) return false

  frame.fill(0)
  writeWide(0, request.restorer)
  const extended = fpu !== undefined && fpu.length > FXSAVE_SIZE
  view.setUint32(UC, (extended ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS, true)
  writeWide(UC_STACK, altStack.sp)
  view.setUint32(UC_STACK + 8, altStack.flags, true)
  writeWide(UC_STACK + 16, altStack.size)
  for (let i = 0; i < SAVED.length; i++) copyOut(registers.words, SAVED[i]!, MCONTEXT + 8 * i)
  copyOut(registers.words, Reg.rip, MC_IP)
  copyOut(registers.words, Reg.eflags, MC_FLAGS)
  view.setUint16(MC_SEGMENTS, registers.low(Reg.cs), true)
  view.setUint16(MC_SEGMENTS + 6, registers.low(Reg.ss), true)
  writeWide(MC_ERR, task.fault.error)
  writeWide(MC_TRAPNO, task.fault.trapno)
  view.setInt32(MC_OLDMASK, request.mask.low, true)
  view.setInt32(MC_OLDMASK + 4, request.mask.high, true)
  writeWide(MC_CR2, task.fault.addr)
  writeWide(MC_FPSTATE, fpuAt)
  view.setInt32(UC_SIGMASK, request.mask.low, true)
  view.setInt32(UC_SIGMASK + 4, request.mask.high, true)
  writeSignalInfo(view, SIGINFO, request.info)

  const { mm } = task
  if (fpu && mm.copyOut(fpuAt as Addr, fpu) !== fpu.length) return false
  if (mm.copyOut(at as Addr, frame) !== FRAME_SIZE) return false

  registers.set(Reg.rdi, request.info.signo)
  registers.set(Reg.rsi, at + SIGINFO)
  registers.set(Reg.rdx, at + UC)
  registers.set(Reg.rax, 0)
  registers.set(Reg.rip, request.handler)
  registers.set(Reg.rsp, at)
  registers.set(Reg.cs, USER_CS)
  registers.set(Reg.ss, USER_DS)
  registers.set(Reg.eflags, registers.low(Reg.eflags) & ~HANDLER_CLEARS)
  return true
}

/** What rt_sigreturn found besides registers, which it has restored. */
export interface PoppedFrame {
  readonly mask: SignalSet
  readonly stack: { readonly sp: number; readonly flags: number; readonly size: number }
}

/** Restores the state that pushFrame saved. Undefined when the frame is unreadable or its FPU state invalid. */
export function popFrame(task: Task): PoppedFrame | undefined {
  const { registers } = task.thread
  const at = registers.get(Reg.rsp) - 8
  if (at <= 0 || task.mm.copyIn(at as Addr, frame) !== FRAME_SIZE) return undefined
  const mask = new SignalSet(view.getInt32(UC_SIGMASK, true), view.getInt32(UC_SIGMASK + 4, true))
  const stack = {
    sp: readWide(UC_STACK),
    flags: view.getUint32(UC_STACK + 8, true),
    size: readWide(UC_STACK + 16),
  }
  for (let i = 0; i < SAVED.length; i++) copyIn(registers.words, MCONTEXT + 8 * i, SAVED[i]!)
  copyIn(registers.words, MC_IP, Reg.rip)
  const flags = registers.low(Reg.eflags)
  registers.set(
    Reg.eflags,
    ((flags & ~USER_FLAGS) | (view.getUint32(MC_FLAGS, true) & USER_FLAGS)) >>> 0,
  )
  // Only the 64-bit user segments: no guest has another use for them here.
  registers.set(Reg.cs, USER_CS)
  registers.set(Reg.ss, USER_DS)
  registers.set(Reg.orig_rax, -1)
  registers.dirty = 'all'
  return restoreFloating(task, readWide(MC_FPSTATE)) ? { mask, stack } : undefined
}

/** The XSAVE area with the kernel's markers, as a handler finds it. */
function floatingState(area: Uint8Array): Uint8Array | undefined {
  if (area.length < FXSAVE_SIZE) return undefined
  if (area.length < FXSAVE_SIZE + XSAVE_HEADER) return area.slice(0, FXSAVE_SIZE)
  const marked = new Uint8Array(area.length + 4)
  marked.set(area)
  const words = new DataView(marked.buffer)
  // PTRACE_GETREGSET leaves XCR0 here; a frame has it as `xfeatures`.
  const featuresLow = words.getUint32(SW_RESERVED, true)
  const featuresHigh = words.getUint32(SW_RESERVED + 4, true)
  const known = featuresLow !== 0 && featuresLow !== FP_XSTATE_MAGIC1
  words.setUint32(SW_RESERVED, FP_XSTATE_MAGIC1, true)
  words.setUint32(SW_RESERVED + 4, marked.length, true)
  if (known || featuresLow === 0) {
    words.setUint32(SW_RESERVED + 8, known ? featuresLow : words.getUint32(FXSAVE_SIZE, true), true)
    words.setUint32(
      SW_RESERVED + 12,
      known ? featuresHigh : words.getUint32(FXSAVE_SIZE + 4, true),
      true,
    )
  }
  words.setUint32(SW_RESERVED + 16, area.length, true)
  words.setUint32(area.length, FP_XSTATE_MAGIC2, true)
  return marked
}

function restoreFloating(task: Task, at: number): boolean {
  const { thread } = task
  if (at === 0) {
    thread.resetFpu()
    return true
  }
  const own = thread.readFpu()
  if (own.length < FXSAVE_SIZE) return true
  const { mm } = task
  const area = new Uint8Array(own.length)
  const legacy = area.subarray(0, FXSAVE_SIZE)
  if (mm.copyIn(at as Addr, legacy) !== FXSAVE_SIZE) return false
  const words = new DataView(area.buffer)
  const extended =
    words.getUint32(SW_RESERVED, true) === FP_XSTATE_MAGIC1 &&
    own.length > FXSAVE_SIZE &&
    words.getUint32(SW_RESERVED + 16, true) <= own.length &&
    hasEndMark(task, at + words.getUint32(SW_RESERVED + 16, true))
  if (extended) {
    const size = words.getUint32(SW_RESERVED + 16, true)
    const rest = area.subarray(FXSAVE_SIZE, size)
    if (mm.copyIn((at + FXSAVE_SIZE) as Addr, rest) !== rest.length) return false
  } else if (own.length > FXSAVE_SIZE) {
    // x87 and SSE only; the other components go to their initial state.
    words.setUint32(FXSAVE_SIZE, 3, true)
  }
  // PTRACE_SETREGSET wants its own bytes there, not the frame's.
  area.set(own.subarray(SW_RESERVED, FXSAVE_SIZE), SW_RESERVED)
  return thread.writeFpu(area)
}

function hasEndMark(task: Task, at: number): boolean {
  const mark = new Uint8Array(4)
  return (
    task.mm.copyIn(at as Addr, mark) === 4 &&
    new DataView(mark.buffer).getUint32(0, true) === FP_XSTATE_MAGIC2
  )
}

function copyOut(words: Uint32Array, reg: Reg, at: number): void {
  view.setUint32(at, words[reg * 2]!, true)
  view.setUint32(at + 4, words[reg * 2 + 1]!, true)
}
function copyIn(words: Uint32Array, at: number, reg: Reg): void {
  words[reg * 2] = view.getUint32(at, true)
  words[reg * 2 + 1] = view.getUint32(at + 4, true)
}
function writeWide(at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true)
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true)
}
const readWide = (at: number): number =>
  view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
