// /proc/PID/stat and statm. (fs/proc)
// Linux fs/proc/array.c: do_task_stat, proc_pid_statm; proc_pid_stat(5).

import { makedev, RLIMIT_RSS } from '@tsvisor/abi'
import { totalsOf } from '../../../mm/maps.ts'
import { PAGE_SIZE } from '../../../platform/platform.ts'
import { UNLIMITED } from '../../../task/limits.ts'
import type { Task } from '../../../task/task.ts'
import { ticks } from '../../../task/usage.ts'
import { Pty } from '../../pty/pty.ts'
import { mayInspect } from './access.ts'
import { isRealTime, numbersOf, priorityOf, signalMasks, stateOf, threadCount } from './state.ts'
import { type Entry, type Subject, shown } from './subject.ts'

const PF_FORKNOEXEC = 0x40
const PF_RANDOMIZE = 0x40_0000
const PTS_MAJOR = 136
const ULONG_MAX = '18446744073709551615'

function terminalOf(task: Task): number {
  const { tty } = task.group.session
  return tty instanceof Pty ? makedev(PTS_MAJOR, tty.index) : 0
}

function statText(task: Task, subject: Subject, reader: Task): string {
  const { group } = task
  const whole = subject.scope === 'process'
  const { parent, group: job, session } = numbersOf(subject)
  const foreground = group.session.tty?.foreground
  const { mm } = subject
  const open = mayInspect(reader, task)
  const program = open ? mm?.program : undefined
  const { pending, blocked, ignored, caught } = signalMasks(task)
  const cpuNs = whole ? group.cpuNs() : task.cpuNs()
  const limit = group.limits.soft(RLIMIT_RSS)
  const real = isRealTime(task)
  const flags = PF_RANDOMIZE | (group.hasExeced ? 0 : PF_FORKNOEXEC)
  const fields: readonly (string | number)[] = [
    subject.number(task.pid),
    `(${task.name})`,
    stateOf(task),
    parent,
    job,
    session,
    terminalOf(task),
    foreground ? subject.number(foreground.pid) : -1,
    flags,
    0, // minflt: page faults are the host's
    0,
    0,
    0,
    ticks(cpuNs),
    0,
    ticks(whole ? group.waited.cpuNs : 0),
    0,
    priorityOf(task),
    task.scheduling.nice,
    threadCount(task),
    0,
    ticks(whole ? group.startNs : task.startNs),
    mm?.usage.total ?? 0,
    mm ? Math.floor(mm.space.residentBytes() / PAGE_SIZE) : 0,
    limit === UNLIMITED ? ULONG_MAX : limit,
    mm ? (program?.startCode ?? 1) : 0,
    mm ? (program?.endCode ?? 1) : 0,
    program?.startStack ?? 0,
    0, // kstkesp, kstkeip: only of dying processes
    0,
    pending.low & 0x7fff_ffff,
    blocked.low & 0x7fff_ffff,
    ignored.low & 0x7fff_ffff,
    caught.low & 0x7fff_ffff,
    0,
    0,
    0,
    task.isLeader ? group.exitSignal : -1,
    0,
    real ? task.scheduling.priority : 0,
    task.scheduling.policy,
    0,
    0,
    0,
    program?.startData ?? 0,
    program?.endData ?? 0,
    program?.startBrk ?? 0,
    program?.argStart ?? 0,
    program?.argEnd ?? 0,
    program?.envStart ?? 0,
    program?.envEnd ?? 0,
    open ? (task.exitStatus ?? 0) : 0,
  ]
  return `${fields.join(' ')}\n`
}

export const stat: Entry = shown(statText)

export const statm: Entry = shown((_task, { mm }) => {
  if (mm === undefined) return '0 0 0 0 0 0 0\n'
  const { size, resident, shared, text, data } = totalsOf(mm)
  return `${size} ${resident} ${shared} ${text} 0 ${data} 0\n`
})
