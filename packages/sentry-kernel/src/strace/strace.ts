// strace: one line for each finished system call, from the declarations. (strace)

import { Errno, syscallByNumber } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'

/** Remembers the call before it runs; arguments that the call reads are decoded now. */
export function traceEntry(task: Task, nr: number): void {
  task.trace = syscallByNumber[nr]?.name ?? `syscall_${nr}`
}

/** Prints it with its result. */
export function traceExit(task: Task, result: number): void {
  const text = result < 0 && result > -4096 ? `-1 ${Errno.of(-result).name}` : String(result)
  task.kernel.strace?.(`[${task.tid}] ${task.trace}() = ${text}`)
  task.trace = undefined
}
