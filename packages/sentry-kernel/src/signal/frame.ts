// The signal frame on the guest's stack, byte for byte as Linux amd64 lays it out. (signal)
// Linux arch/x86/kernel/signal_64.c: x64_setup_rt_frame, rt_sigreturn; arch/x86/kernel/fpu/signal.c.

import { type Addr, UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS } from '@tsvisor/abi'
import { USER_END } from '../mm/user-memory.ts'
import { Reg } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'
import { type SignalInfo, writeSignalInfo } from './signal-info.ts'
import { SignalSet } from './signal-set.ts'

/** struct rt_sigframe: return address, ucontext (304 bytes), siginfo (128). */
const FRAME_SIZE = 440
const UC = 8
const UC_STACK = UC + 16
const MCONTEXT = UC + 40
const MC_FLAGS = MCONTEXT + 136
const MC_SEGMENTS = MCONTEXT + 144
const MC_ERR = MCONTEXT + 152
const MC_TRAPNO = MCONTEXT + 160
const MC_OLDMASK = MCONTEXT + 168
const MC_CR2 = MCONTEXT + 176
const MC_FPSTATE = MCONTEXT + 184
const UC_SIGMASK = MCONTEXT + 256
const SIGINFO = UC + 304

/** Order of the registers in struct sigcontext; the last one, eflags, comes back in part. */
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
  Reg.rip,
  Reg.eflags,
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

/**
 * Where a frame is put together, the floating-point state behind it: one copy to the guest's stack,
 * one back. Grows to what the CPU needs.
 */
let image = new Uint8Array(4096)
let view = new DataView(image.buffer)
/** The same as 32-bit words: x86 is little endian, and so are the machines that emulate it. */
let words = new Uint32Array(image.buffer)

function makeRoom(length: number): void {
  if (length <= image.length) return
  image = new Uint8Array(2 * Math.ceil(length / 4) * 4)
  view = new DataView(image.buffer)
  words = new Uint32Array(image.buffer)
}

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

  const fpu = task.thread.readFpu()
  const fpuLength = floatingLength(fpu.length)
  const fpuAt = fpuLength === 0 ? 0 : Math.floor((top - fpuLength) / 64) * 64
  const at = Math.floor(((fpuAt || top) - FRAME_SIZE) / 16) * 16 - 8
  if (at <= 0 || at >= NON_CANONICAL) return false
  if ((nested || entering) && !inside(at, altStack.sp, altStack.size)) return false

  const length = fpuLength === 0 ? FRAME_SIZE : fpuAt + fpuLength - at
  makeRoom(length)
  image.fill(0, 0, length)
  writeWide(0, request.restorer)
  const extended = fpuLength > FXSAVE_SIZE
  view.setUint32(UC, (extended ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS, true)
  writeWide(UC_STACK, altStack.sp)
  view.setUint32(UC_STACK + 8, altStack.flags, true)
  writeWide(UC_STACK + 16, altStack.size)
  const from = registers.words
  for (let i = 0, to = MCONTEXT / 4; i < SAVED.length; i++, to += 2) {
    const reg = SAVED[i]! * 2
    words[to] = from[reg]!
    words[to + 1] = from[reg + 1]!
  }
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

  if (fpuLength !== 0) writeFloating(fpu, fpuAt - at)
  if (task.mm.copyOut(at as Addr, image.subarray(0, length)) !== length) return false

  registers.set(Reg.rdi, request.info.signo)
  registers.set(Reg.rsi, at + SIGINFO)
  registers.set(Reg.rdx, at + UC)
  registers.set(Reg.rax, 0)
  registers.set(Reg.rip, request.handler)
  registers.set(Reg.rsp, at)
  registers.set(Reg.cs, USER_CS)
  registers.set(Reg.ss, USER_DS)
  registers.set(Reg.eflags, registers.low(Reg.eflags) & ~HANDLER_CLEARS)
  // Handlers find the initial state (fpu__clear_user_states).
  task.thread.resetFpu()
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
  const got = at > 0 ? readFrame(task, at) : 0
  if (got < FRAME_SIZE) return undefined
  const mask = new SignalSet(view.getInt32(UC_SIGMASK, true), view.getInt32(UC_SIGMASK + 4, true))
  const stack = {
    sp: readWide(UC_STACK),
    flags: view.getUint32(UC_STACK + 8, true),
    size: readWide(UC_STACK + 16),
  }
  const to = registers.words
  for (let i = 0, from = MCONTEXT / 4; i < SAVED.length - 1; i++, from += 2) {
    const reg = SAVED[i]! * 2
    to[reg] = words[from]!
    to[reg + 1] = words[from + 1]!
  }
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
  return restoreFloating(task, at, got) ? { mask, stack } : undefined
}

/** Reads a frame, and what pushFrame would have put behind it, into the image; the bytes read. */
function readFrame(task: Task, at: number): number {
  const most = FRAME_SIZE + 128 + floatingLength(task.thread.fpuSize)
  makeRoom(most)
  // What lies behind the frame need not be there: a stack must not grow for it.
  const got = at + most <= USER_END ? task.mm.space.read(at as Addr, image.subarray(0, most)) : 0
  return got >= FRAME_SIZE ? got : task.mm.copyIn(at as Addr, image.subarray(0, FRAME_SIZE))
}

/** Bytes on a frame for an XSAVE area of `size`: with the end mark, or the legacy part alone. */
const floatingLength = (size: number): number =>
  size < FXSAVE_SIZE ? 0 : size < FXSAVE_SIZE + XSAVE_HEADER ? FXSAVE_SIZE : size + 4

/** Puts the XSAVE area into the image, with the kernel's markers, as a handler finds it. */
function writeFloating(area: Uint8Array, at: number): void {
  const size = area.length
  if (size < FXSAVE_SIZE + XSAVE_HEADER) {
    image.set(size === FXSAVE_SIZE ? area : area.subarray(0, FXSAVE_SIZE), at)
    return
  }
  image.set(area, at)
  const reserved = at + SW_RESERVED
  // PTRACE_GETREGSET leaves XCR0 here; a frame has it as `xfeatures`.
  let low = view.getUint32(reserved, true)
  let high = view.getUint32(reserved + 4, true)
  if (low === 0) {
    low = view.getUint32(at + FXSAVE_SIZE, true)
    high = view.getUint32(at + FXSAVE_SIZE + 4, true)
  }
  view.setUint32(reserved, FP_XSTATE_MAGIC1, true)
  view.setUint32(reserved + 4, size + 4, true)
  view.setUint32(reserved + 8, low, true)
  view.setUint32(reserved + 12, high, true)
  view.setUint32(reserved + 16, size, true)
  view.setUint32(at + size, FP_XSTATE_MAGIC2, true)
}

/** Loads the floating-point state of the frame in the image, which holds `got` bytes from `frame` on. */
function restoreFloating(task: Task, frame: number, got: number): boolean {
  const { thread, mm } = task
  const at = readWide(MC_FPSTATE)
  if (at === 0) {
    thread.resetFpu()
    return true
  }
  const own = thread.fpuSize
  if (own < FXSAVE_SIZE) return true
  const most = floatingLength(own)
  let start = at - frame
  let end = got
  if (start < FRAME_SIZE || start + most > got) {
    // It lies elsewhere, where the program put it.
    makeRoom(FRAME_SIZE + most)
    start = FRAME_SIZE
    end = start + mm.copyIn(at as Addr, image.subarray(start, start + FXSAVE_SIZE))
    if (end < start + FXSAVE_SIZE) return false
    const size = extendedSize(start, own)
    const rest = size === 0 ? 0 : size + 4 - FXSAVE_SIZE
    if (rest > 0) end += mm.copyIn((at + FXSAVE_SIZE) as Addr, image.subarray(end, end + rest))
  }
  const size = extendedSize(start, own)
  if (size !== 0) {
    if (end < start + size + 4) return false
    if (view.getUint32(start + size, true) === FP_XSTATE_MAGIC2)
      return thread.writeFpu(image.subarray(start, start + size))
  }
  // x87 and SSE only; the other components go to their initial state.
  return thread.writeFpu(image.subarray(start, start + FXSAVE_SIZE))
}

/** Bytes of the XSAVE area that the legacy part at `start` announces; 0 for the legacy part alone. */
function extendedSize(start: number, own: number): number {
  if (own < FXSAVE_SIZE + XSAVE_HEADER) return 0
  if (view.getUint32(start + SW_RESERVED, true) !== FP_XSTATE_MAGIC1) return 0
  const size = view.getUint32(start + SW_RESERVED + 16, true)
  return size >= FXSAVE_SIZE + XSAVE_HEADER && size <= own ? size : 0
}

function writeWide(at: number, value: number): void {
  words[at / 4] = value
  words[at / 4 + 1] = Math.floor(value / 0x1_0000_0000)
}
const readWide = (at: number): number => words[at / 4 + 1]! * 0x1_0000_0000 + words[at / 4]!
