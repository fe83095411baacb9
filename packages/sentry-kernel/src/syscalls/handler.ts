// What implements a system call. (syscalls)

import type { SyscallArgs, SyscallName } from '@tsvisor/abi'
import type { Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'

/**
 * The body of one system call: decoded arguments to a result. Pointers arrive as addresses: the
 * handler copies in once, checks, then uses. It throws Errno constants, and returns a generator
 * when it may sleep. Each is exported under the call's name from a module in this folder;
 * syscalls/table.ts collects them.
 */
export type Handler<N extends SyscallName> = (task: Task, args: SyscallArgs<N>) => Result
