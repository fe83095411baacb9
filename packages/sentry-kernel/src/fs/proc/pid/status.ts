// /proc/PID/status. (fs/proc)
// Linux fs/proc/array.c: proc_pid_status; fs/proc/task_mmu.c: task_mem; proc_pid_status(5).

import { RLIMIT_SIGPENDING } from '@tsvisor/abi'
import { totalsOf } from '../../../mm/maps.ts'
import type { MemoryManager } from '../../../mm/memory-manager.ts'
import { PAGE_SIZE } from '../../../platform/platform.ts'
import type { SignalSet } from '../../../signal/signal-set.ts'
import type { Pid } from '../../../task/pid-namespace.ts'
import type { Task } from '../../../task/task.ts'
import { cpuList, cpuMask } from './cpus.ts'
import { escapePath } from './path-text.ts'
import { numbersOf, signalMasks, stateText, threadCount } from './state.ts'
import { type Entry, type Subject, shown } from './subject.ts'

function memory(mm: MemoryManager): string {
  const { size, resident, shared, text, data } = totalsOf(mm)
  const { usage } = mm
  const kb = PAGE_SIZE / 1024
  const stack = usage.stack / 1024
  const executable = text * kb
  const lines: readonly (readonly [string, number])[] = [
    ['VmPeak', usage.peak / 1024],
    ['VmSize', size * kb],
    ['VmLck', usage.locked / 1024],
    ['VmPin', 0],
    ['VmHWM', resident * kb],
    ['VmRSS', resident * kb],
    ['RssAnon', (resident - shared) * kb],
    ['RssFile', shared * kb],
    ['RssShmem', 0],
    ['VmData', data * kb - stack],
    ['VmStk', stack],
    ['VmExe', executable],
    ['VmLib', Math.max(0, usage.executable / 1024 - executable)],
    ['VmPTE', Math.ceil(resident / 512) * kb],
    ['VmSwap', 0],
    ['HugetlbPages', 0],
  ]
  return lines
    .map(([name, value]) => `${name}:\t${String(Math.floor(value)).padStart(8)} kB\n`)
    .join('')
}

const signals = (set: SignalSet): string => set.bits.toString(16).padStart(16, '0')
const capabilities = (set: bigint): string => set.toString(16).padStart(16, '0')

/** The numbers from the mount's namespace inwards. */
function nested(subject: Subject, pid: Pid): string {
  const { level } = subject.context.namespace
  return pid.numbers.slice(level).join('\t')
}

function identity(task: Task, subject: Subject, reader: Task): string {
  const { creds, group: process } = task
  const { uids, gids } = reader.creds.userNamespace
  const user = (uid: number): number => uids.shown(uid)
  const group = (gid: number): number => gids.shown(gid)
  const { tgid, parent } = numbersOf(subject)
  const alive = task.state !== 'dead'
  const tracer = task.tracee === undefined ? 0 : subject.number(task.tracee.tracer.pid)
  return (
    (alive ? `Umask:\t${task.fs.umask.toString(8).padStart(4, '0')}\n` : '') +
    `State:\t${stateText(task)}\nTgid:\t${tgid}\nNgid:\t0\nPid:\t${subject.number(task.pid)}\n` +
    `PPid:\t${parent}\nTracerPid:\t${tracer}\n` +
    `Uid:\t${[creds.uid, creds.euid, creds.suid, creds.fsuid].map(user).join('\t')}\n` +
    `Gid:\t${[creds.gid, creds.egid, creds.sgid, creds.fsgid].map(group).join('\t')}\n` +
    `FDSize:\t${alive ? task.fds.capacity : 0}\nGroups:\t${creds.groups.map(gid => `${group(gid)} `).join('') || ' '}\n` +
    `NStgid:\t${nested(subject, process.leader.pid)}\nNSpid:\t${nested(subject, task.pid)}\n` +
    `NSpgid:\t${nested(subject, process.processGroup.pid)}\nNSsid:\t${nested(subject, process.session.pid)}\n`
  )
}

function statusText(task: Task, subject: Subject, reader: Task): string {
  const { creds, group, kernel } = task
  const { mm } = subject
  const masks = signalMasks(task)
  const set = creds.capabilities
  const queued = kernel.queuedSignals.get(creds.uid) ?? 0
  const { affinity } = task.scheduling
  return (
    `Name:\t${escapePath(task.name, '\n\\')}\n${identity(task, subject, reader)}` +
    (mm === undefined ? '' : `${memory(mm)}CoreDumping:\t0\nTHP_enabled:\t1\n`) +
    `Threads:\t${threadCount(task)}\nSigQ:\t${queued}/${group.limits.soft(RLIMIT_SIGPENDING)}\n` +
    `SigPnd:\t${signals(masks.pending)}\nShdPnd:\t${signals(masks.shared)}\n` +
    `SigBlk:\t${signals(masks.blocked)}\nSigIgn:\t${signals(masks.ignored)}\n` +
    `SigCgt:\t${signals(masks.caught)}\n` +
    `CapInh:\t${capabilities(set.inheritable)}\nCapPrm:\t${capabilities(set.permitted)}\n` +
    `CapEff:\t${capabilities(set.effective)}\nCapBnd:\t${capabilities(set.bounding)}\n` +
    `CapAmb:\t${capabilities(set.ambient)}\nNoNewPrivs:\t${creds.noNewPrivileges ? 1 : 0}\n` +
    `Seccomp:\t${task.seccomp}\nSeccomp_filters:\t${task.seccompFilter?.count ?? 0}\n` +
    'Speculation_Store_Bypass:\tthread vulnerable\nSpeculationIndirectBranch:\tconditional enabled\n' +
    `Cpus_allowed:\t${cpuMask(affinity, kernel.cpus)}\n` +
    `Cpus_allowed_list:\t${cpuList(affinity, kernel.cpus)}\n` +
    'Mems_allowed:\t1\nMems_allowed_list:\t0\n' +
    'voluntary_ctxt_switches:\t0\nnonvoluntary_ctxt_switches:\t0\n'
  )
}

export const status: Entry = shown(statusText)
