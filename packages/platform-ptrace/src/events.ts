// From a ptrace stop to the event that the kernel sees. (platform-ptrace)

import { type Addr, addr } from '@tsvisor/abi'
import { AUDIT_ARCH_X86_64, allocate, PTRACE, ptrace } from '@tsvisor/host'
import { type PlatformEvent, Reg } from '@tsvisor/sentry-kernel'
import { accessOf } from './fault-access.ts'
import { faultCode, faultInfo, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP } from './fault-info.ts'
import type { HostThread } from './host-thread.ts'

const SI_KERNEL = 0x80
const SEGV_ACCERR = 2
const SYSCALL_STOP = ((SIGTRAP | 0x80) << 8) | 0x7f
const EVENT_STOP = 128

// x86 exception numbers (Linux arch/x86/include/asm/trapnr.h).
const TRAP_DIVIDE = 0
const TRAP_DEBUG = 1
const TRAP_BREAKPOINT = 3
const TRAP_INVALID_OPCODE = 6
const TRAP_STACK = 12
const TRAP_PROTECTION = 13
const TRAP_PAGE = 14
const TRAP_SIMD = 19

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Of<K extends PlatformEvent['kind']> = Mutable<Extract<PlatformEvent, { kind: K }>>

const nobody = undefined as unknown as HostThread
const syscallEvent: Of<'syscall'> = { kind: 'syscall', thread: nobody }
const interruptedEvent: Of<'interrupted'> = { kind: 'interrupted', thread: nobody }
const goneEvent: Of<'gone'> = { kind: 'gone', thread: nobody }

export const wakeup: PlatformEvent = { kind: 'wakeup' }

/** The `gone` event of a thread. */
export const gone = (thread: HostThread): PlatformEvent => {
  goneEvent.thread = thread
  return goneEvent
}

/**
 * The event that a stop of a running thread stands for, its registers fetched; undefined when it
 * means nothing to the kernel (a signal from outside, a late interrupt) and the thread should go on.
 * The event object is reused.
 */
export const eventOf = (thread: HostThread, status: number): PlatformEvent | undefined => {
  if (status === SYSCALL_STOP) {
    thread.wanted = false
    if (!thread.readRegisters()) return undefined
    return syscallOf(thread)
  }
  if (status >>> 16 === EVENT_STOP) {
    if (!thread.wanted) return undefined
    thread.wanted = false
    if (!thread.readRegisters()) return undefined
    interruptedEvent.thread = thread
    return interruptedEvent
  }
  return faultOf(thread, (status >> 8) & 0xff)
}

const syscallOf = (thread: HostThread): PlatformEvent => {
  const w = thread.registers.words
  // The SYSCALL instruction leaves rip in rcx. Int 0x80 and SYSENTER do not: they enter the 32-bit
  // table, whose numbers mean other calls. (FRED hosts leave rcx alone: ask the kernel there.)
  const direct =
    w[Reg.cs * 2] === 0x33 &&
    w[Reg.rcx * 2] === w[Reg.rip * 2] &&
    w[Reg.rcx * 2 + 1] === w[Reg.rip * 2 + 1]
  if (direct || archOf(thread.tid) === AUDIT_ARCH_X86_64) {
    syscallEvent.thread = thread
    return syscallEvent
  }
  return noLegacyEntry(thread)
}

/** A struct ptrace_syscall_info: man 2 ptrace. */
const callInfo = allocate(96)
const callView = new DataView(callInfo.bytes.buffer)

const archOf = (tid: number): number =>
  ptrace(PTRACE.GET_SYSCALL_INFO, tid, 96, callInfo.address) > 0 ? callView.getUint32(4, true) : 0

/** As a kernel without IA32 emulation: int 0x80 is a general protection fault, nothing was called. */
const noLegacyEntry = (thread: HostThread): PlatformEvent => {
  const { registers } = thread
  const w = registers.words
  w[Reg.rax * 2] = w[Reg.orig_rax * 2]!
  w[Reg.rax * 2 + 1] = 0
  w[Reg.cs * 2] = 0x33
  registers.set(Reg.rip, Math.max(0, registers.get(Reg.rip) - 2))
  return fault(thread, SIGSEGV, SI_KERNEL, addr(0), 'read', TRAP_PROTECTION, 0x402)
}

const faultOf = (thread: HostThread, signal: number): PlatformEvent | undefined => {
  const code = faultCode(thread.tid, signal)
  if (code === undefined) return undefined
  thread.wanted = false
  if (!thread.readRegisters()) return undefined
  const address = addr(
    faultInfo.getUint32(20, true) * 0x1_0000_0000 + faultInfo.getUint32(16, true),
  )
  switch (signal) {
    case SIGSEGV: {
      if (code === SI_KERNEL)
        return fault(thread, signal, code, addr(0), 'read', TRAP_PROTECTION, 0)
      return pageFault(thread, signal, code, address)
    }
    case SIGBUS:
      if (code === SI_KERNEL) return fault(thread, signal, code, addr(0), 'read', TRAP_STACK, 0)
      return pageFault(thread, signal, code, address)
    case SIGFPE:
      return fault(thread, signal, code, address, 'execute', floatTrap(code), 0)
    case SIGILL:
      return fault(thread, signal, code, address, 'execute', TRAP_INVALID_OPCODE, 0)
    default: {
      const trap = code === SI_KERNEL ? TRAP_BREAKPOINT : TRAP_DEBUG
      const where = code === SI_KERNEL ? addr(0) : address
      return fault(thread, signal, code, where, 'execute', trap, 0)
    }
  }
}

const FPE_INTDIV = 1
const floatTrap = (code: number): number => (code === FPE_INTDIV ? TRAP_DIVIDE : TRAP_SIMD)

const USER = 4

const pageFault = (thread: HostThread, signal: number, code: number, at: Addr): PlatformEvent => {
  const access = accessOf(thread, at)
  const error =
    USER |
    (signal === SIGSEGV && code === SEGV_ACCERR ? 1 : 0) |
    (access === 'write' ? 2 : access === 'execute' ? 0x10 : 0)
  return fault(thread, signal, code, at, access, TRAP_PAGE, error)
}

const faultEvent: Of<'fault'> = {
  kind: 'fault',
  thread: nobody,
  signo: 0,
  code: 0,
  addr: addr(0),
  access: 'read',
  trapno: 0,
  error: 0,
}

const fault = (
  thread: HostThread,
  signo: number,
  code: number,
  at: Addr,
  access: 'read' | 'write' | 'execute',
  trapno: number,
  error: number,
): PlatformEvent => {
  faultEvent.thread = thread
  faultEvent.signo = signo
  faultEvent.code = code
  faultEvent.addr = at
  faultEvent.access = access
  faultEvent.trapno = trapno
  faultEvent.error = error
  return faultEvent
}
