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

const GROUPS = [
  fileSyscalls,
  pathSyscalls,
  mountSyscalls,
  eventSyscalls,
  memorySyscalls,
  processSyscalls,
  schedSyscalls,
  signalSyscalls,
  timeSyscalls,
  networkSyscalls,
  ipcSyscalls,
  systemSyscalls,
] as const

type Syscalls = typeof fileSyscalls &
  typeof pathSyscalls &
  typeof mountSyscalls &
  typeof eventSyscalls &
  typeof memorySyscalls &
  typeof processSyscalls &
  typeof schedSyscalls &
  typeof signalSyscalls &
  typeof timeSyscalls &
  typeof networkSyscalls &
  typeof ipcSyscalls &
  typeof systemSyscalls

/**
 * Every system call by name. Argument names are the man pages', numbers and widths the kernel's
 * (arch/x86/entry/syscalls/syscall_64.tbl, include/linux/syscalls.h).
 */
export const syscalls: Syscalls = /* @__PURE__ */ merged()

function merged(): Syscalls {
  return Object.assign({}, ...GROUPS)
}

/** The name of a system call, e.g. 'openat'. */
export type SyscallName = keyof Syscalls

/** The decoded arguments of one call, by name. */
export type SyscallArgs<N extends SyscallName> = ArgsOf<Syscalls[N]>

/** A declaration together with its name. */
export interface NamedSyscall extends SyscallDecl {
  readonly name: SyscallName
}

class Named implements NamedSyscall {
  readonly name: SyscallName
  readonly nr: number
  readonly result: SyscallDecl['result']
  readonly #decl: SyscallDecl

  constructor(name: SyscallName, decl: SyscallDecl) {
    this.name = name
    this.nr = decl.nr
    this.result = decl.result
    this.#decl = decl
  }

  get args(): SyscallDecl['args'] {
    return this.#decl.args
  }
}

/** The number of a system call: `syscalls` has it as well, but takes longer to make than a kernel to start. */
export const syscallNumber = (name: SyscallName): number => {
  const group = (GROUPS as readonly Readonly<Record<string, SyscallDecl>>[]).find(g => name in g)
  return group![name]!.nr
}

/** Declarations by number; numbers that amd64 does not use are undefined. */
export const syscallByNumber: readonly (NamedSyscall | undefined)[] = byNumber()

function byNumber(): (NamedSyscall | undefined)[] {
  const table: (NamedSyscall | undefined)[] = []
  for (const group of GROUPS as readonly Readonly<Record<string, SyscallDecl>>[])
    for (const name in group) {
      const decl = group[name]!
      while (table.length < decl.nr) table.push(undefined)
      table[decl.nr] = new Named(name as SyscallName, decl)
    }
  return table
}
