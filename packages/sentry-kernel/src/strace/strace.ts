// strace: one line for each finished system call, derived from the declarations. (strace)
// Costs one comparison a call while it is off.

import {
  ERESTART_RESTARTBLOCK,
  ERESTARTNOHAND,
  ERESTARTNOINTR,
  ERESTARTSYS,
  Errno,
  type NamedSyscall,
  syscallByNumber,
} from '@tsvisor/abi'
import { KEEP_REGISTERS } from '../kernel/blocking.ts'
import type { SignalInfo } from '../signal/signal-info.ts'
import { type DecodedArgs, decoderOf } from '../syscalls/decode.ts'
import type { Task } from '../task/task.ts'
import { formatArgument } from './argument.ts'
import { address, signalName } from './text.ts'

/** A call on its way: what it reads is text already, what it writes is still undefined. */
export interface TracedCall {
  readonly decl: NamedSyscall | undefined
  readonly nr: number
  readonly args: DecodedArgs
  readonly parts: (string | undefined)[]
}

const RESTARTS = new Map([
  [-ERESTARTSYS.code, 'ERESTARTSYS'],
  [-ERESTARTNOINTR.code, 'ERESTARTNOINTR'],
  [-ERESTARTNOHAND.code, 'ERESTARTNOHAND'],
  [-ERESTART_RESTARTBLOCK.code, 'ERESTART_RESTARTBLOCK'],
])

/** Formats what the call reads, before it runs: execve replaces memory, others overwrite it. */
export function traceEntry(task: Task, nr: number): void {
  const decl = syscallByNumber[nr]
  const args = decl ? decoderOf(decl)(task.thread.registers.words) : {}
  const parts = decl
    ? Object.entries(decl.args).map(([name, kind]) =>
        kind.direction === 'out'
          ? undefined
          : formatArgument(kind, args[name], { task, args, result: undefined }),
      )
    : []
  task.trace = { decl, nr, args, parts }
}

/** Prints it with its result. */
export function traceExit(task: Task, result: number): void {
  const { trace } = task
  task.trace = undefined
  const sink = task.kernel.strace
  if (!trace || !sink) return
  const { decl, args, parts } = trace
  const kinds = decl ? Object.entries(decl.args) : []
  const shown = kinds.map(
    ([name, kind], i) => parts[i] ?? formatArgument(kind, args[name], { task, args, result }),
  )
  const name = decl?.name ?? `syscall_${trace.nr}`
  sink(`[${task.tid}] ${name}(${shown.join(', ')}) = ${resultText(decl, result)}`)
}

function resultText(decl: NamedSyscall | undefined, result: number): string {
  if (result === KEEP_REGISTERS) return '?'
  const restart = RESTARTS.get(result)
  if (restart) return `? ${restart} (To be restarted)`
  if (result < 0 && result > -4096) {
    const errno = Errno.of(-result)
    return `-1 ${errno.name} (${errno.message})`
  }
  return decl?.result === 'pointer' ? address(result) : String(result)
}

/** A signal on its way to a handler or to its default action. */
export function traceSignal(task: Task, info: SignalInfo): void {
  const from = info.pid === undefined ? '' : `, si_pid=${info.pid}, si_uid=${info.uid ?? 0}`
  const where = info.addr === undefined ? '' : `, si_addr=${address(info.addr)}`
  const name = signalName(info.signo)
  task.kernel.strace?.(
    `[${task.tid}] --- ${name} {si_signo=${name}, si_code=${info.code}${from}${where}} ---`,
  )
}

/** The end of a task. */
export function traceEnd(task: Task, status: number): void {
  const how =
    status & 0x7f
      ? `killed by ${signalName(status & 0x7f)}${status & 0x80 ? ' (core dumped)' : ''}`
      : `exited with ${(status >> 8) & 0xff}`
  task.kernel.strace?.(`[${task.tid}] +++ ${how} +++`)
}
