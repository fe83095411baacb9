// Helpers for tests and benchmarks: hand-assembled guests in a fresh space. (platform-ptrace test)

import { type Addr, addr } from '@tsvisor/abi'
import { Assembler } from '@tsvisor/host'
import type { AddressSpace, Platform, PlatformEvent, Thread } from '@tsvisor/sentry-kernel'
import { Reg } from '@tsvisor/sentry-kernel'

export const CODE = addr(0x40_0000)
export const DATA = addr(0x50_0000)
export const STACK = addr(0x60_0000)
export const PAGES = 16 * 4096

/** A space with code (r-x), data and stack (rw-) mapped, and a thread at the first instruction. */
export const startGuest = (
  platform: Platform,
  program: (a: Assembler) => void,
): { space: AddressSpace; thread: Thread } => {
  const a = new Assembler()
  program(a)
  const space = platform.newAddressSpace()
  loadGuest(space, a.finish())
  const thread = space.newThread(undefined)
  thread.registers.ip = CODE
  thread.registers.sp = addr(STACK + PAGES - 64)
  return { space, thread }
}

export const loadGuest = (space: AddressSpace, code: Uint8Array): void => {
  const anonymous = { kind: 'anonymous' } as const
  space.map(CODE, PAGES, 3, anonymous)
  space.map(DATA, PAGES, 3, anonymous)
  space.map(STACK, PAGES, 3, anonymous)
  space.flush()
  if (space.write(CODE, code) !== code.length) throw new Error('cannot load the guest')
  space.protect(CODE, PAGES, 5)
}

/** Resumes a thread and returns a copy of the next event. */
export const next = (platform: Platform, thread?: Thread): PlatformEvent => {
  thread?.resume('run')
  return { ...platform.wait(undefined) }
}

/** The next event, which must be a system call: its number and first three arguments. */
export const nextCall = (platform: Platform, thread: Thread): number[] => {
  const event = next(platform, thread)
  if (event.kind !== 'syscall')
    throw new Error(
      `expected a system call, got ${JSON.stringify({ ...event, thread: undefined })} rip=${thread.registers.get(Reg.rip).toString(16)}`,
    )
  const r = thread.registers
  return [r.syscallNumber, r.get(Reg.rdi), r.get(Reg.rsi), r.get(Reg.rdx)]
}

export const guestAddr = (value: number): Addr => addr(value)
