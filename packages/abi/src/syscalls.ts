// The amd64 system call table: every call that Linux 6.12 numbers, implemented here or not. (abi, pure)

import type { ArgsOf, SyscallDecl } from './syscall.ts'
import { eventSyscalls } from './syscalls/event.ts'
import { fileSyscalls } from './syscalls/file.ts'
import { ipcSyscalls } from './syscalls/ipc.ts'
import { memorySyscalls } from './syscalls/memory.ts'
import { mountSyscalls } from './syscalls/mount.ts'
import { networkSyscalls } from './syscalls/network.ts'
import { pathSyscalls } from './syscalls/path.ts'
import { processSyscalls } from './syscalls/process.ts'
import { schedSyscalls } from './syscalls/sched.ts'
import { signalSyscalls } from './syscalls/signal.ts'
import { systemSyscalls } from './syscalls/system.ts'
import { timeSyscalls } from './syscalls/time.ts'

/**
 * Every system call by name. Argument names are the man pages', numbers and widths the kernel's
 * (arch/x86/entry/syscalls/syscall_64.tbl, include/linux/syscalls.h).
 */
export const syscalls = {
  ...fileSyscalls,
  ...pathSyscalls,
  ...mountSyscalls,
  ...eventSyscalls,
  ...memorySyscalls,
  ...processSyscalls,
  ...schedSyscalls,
  ...signalSyscalls,
  ...timeSyscalls,
  ...networkSyscalls,
  ...ipcSyscalls,
  ...systemSyscalls,
}

/** The name of a system call, e.g. 'openat'. */
export type SyscallName = keyof typeof syscalls

/** The decoded arguments of one call, by name. */
export type SyscallArgs<N extends SyscallName> = ArgsOf<(typeof syscalls)[N]>

/** A declaration together with its name. */
export interface NamedSyscall extends SyscallDecl {
  readonly name: SyscallName
}

/** Declarations by number; numbers that amd64 does not use are undefined. */
export const syscallByNumber: readonly (NamedSyscall | undefined)[] = byNumber(syscalls)

function byNumber(
  declared: Readonly<Record<SyscallName, SyscallDecl>>,
): (NamedSyscall | undefined)[] {
  const table: (NamedSyscall | undefined)[] = []
  let name: SyscallName
  for (name in declared) {
    const { nr, args, result } = declared[name]
    while (table.length < nr) table.push(undefined)
    table[nr] = { name, nr, args, result }
  }
  return table
}
