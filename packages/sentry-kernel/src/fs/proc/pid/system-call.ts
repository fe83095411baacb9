// /proc/PID/syscall: what a task is blocked in. (fs/proc)
// Linux fs/proc/base.c: proc_pid_syscall; lib/syscall.c.

import { EPERM } from '@tsvisor/abi'
import { Reg } from '../../../platform/registers.ts'
import type { Task } from '../../../task/task.ts'
import { guarded } from './subject.ts'

const ARGUMENTS = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9] as const

function systemCall(task: Task, reader: Task): string {
  if (task.state === 'dead') return ''
  // The reader itself is in its own read.
  if (task !== reader && task.state === 'running') return 'running\n'
  const { registers } = task.thread
  const hex = (reg: Reg) => `0x${registers.get(reg).toString(16)}`
  if (task.state === 'stopped') return `-1 ${hex(Reg.rsp)} ${hex(Reg.rip)}\n`
  return `${task.syscall} ${[...ARGUMENTS, Reg.rsp, Reg.rip].map(hex).join(' ')}\n`
}

export const syscall = guarded((task, _subject, reader) => systemCall(task, reader), EPERM)
