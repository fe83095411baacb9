// What a guest program is for the in-process platform: a generator of system calls. (testing)

import type { Addr, SyscallName } from '@tsvisor/abi'
import type { GuestMemory } from './guest-memory.ts'

/** One thing that guest code does to the outside world. */
export type Step =
  | { readonly kind: 'syscall'; readonly nr: number; readonly args: readonly bigint[] }
  | { readonly kind: 'compute'; readonly ns: number }
  | { readonly kind: 'access'; readonly addr: number; readonly access: 'read' | 'write' }

/** What a program may return: nothing counts as 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: guest functions need no return
export type ExitCode = number | void

/** Guest code that answers a T. Use with `yield*`. */
export type Guest<T = number> = Generator<Step, T, number>

/**
 * A program, a thread or a signal handler. A program's or thread's result is its exit code. Handlers
 * get the signal number, and the addresses of siginfo_t and ucontext_t.
 */
export type GuestFunction = (
  sys: Sys,
  a: number,
  b: number,
  c: number,
) => Generator<Step, ExitCode, number>

/**
 * An argument of a system call. Numbers go as they are. A string becomes a NUL-terminated byte string
 * in guest memory, a Uint8Array a buffer that is copied in and back, a list of strings a vector; an
 * object stands for the struct of the declaration (missing fields are zero) and receives the fields
 * the call wrote; `{ value }` does so for pointers to plain values; a guest function is its address.
 */
export type GuestArg =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly unknown[]
  | GuestFunction
  | object
  | null
  | undefined

/** Every system call by name. Answers what the kernel answers: a result, or a negative errno. */
export type SystemCalls = {
  readonly [N in SyscallName]: (...args: readonly GuestArg[]) => Guest<number>
}

/** How `sys.handle` installs a handler. */
export interface HandlerOptions {
  /** SA_* */
  readonly flags?: number
  /** Signals blocked while it runs. */
  readonly mask?: readonly number[]
}

/** What guest code gets to work with. For fork, vfork, clone and clone3 the last argument is the child's code. */
export interface Sys extends SystemCalls {
  /** Looks at and changes its own memory without faulting; throws where there is none. */
  readonly memory: GuestMemory
  /** Fresh zeroed bytes that stay, in the thread's own runtime memory. */
  alloc(bytes: number): Addr
  /** Uses CPU time. */
  compute(ns: number): Guest<void>
  /** An access as an instruction would make it: it faults as the mapping says. */
  touch(addr: number, access: 'read' | 'write'): Guest<void>
  /** sigaction with a guest function, 'default' or 'ignore'. */
  handle(
    signo: number,
    handler: GuestFunction | 'default' | 'ignore',
    options?: HandlerOptions,
  ): Guest<number>
  /** pthread_create: a thread of the same process with a stack of its own; its id. */
  thread(code: GuestFunction, extraFlags?: number): Guest<number>
  /** The address of a guest function, for sigaction, execve and the like. */
  address(code: GuestFunction): Addr
}
