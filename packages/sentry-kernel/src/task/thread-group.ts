// A process: the tasks that share a PID. (task)

import { SIGCHLD } from '@tsvisor/abi'
import type { Tracee } from '../ptrace/tracee.ts'
import { PendingSignals } from '../signal/pending-signals.ts'
import type { SignalActions } from '../signal/signal-actions.ts'
import { IntervalTimers } from '../time/interval-timers.ts'
import type { PosixTimer } from '../time/posix-timer.ts'
import { WaitQueue } from '../wait-queue.ts'
import { IoUsage } from './io-usage.ts'
import { ResourceLimits } from './limits.ts'
import type { PidNamespace } from './pid-namespace.ts'
import type { ProcessGroup } from './process-group.ts'
import type { Session } from './session.ts'
import type { Task } from './task.ts'
import { Usage } from './usage.ts'

/** What wait(2) can report about a process that still lives. */
export type StopReport = 'stopped' | 'continued'

/** Linux's signal_struct, gVisor's ThreadGroup. */
export class ThreadGroup {
  /** The task whose number is the process id. It may exit first; the number stays. */
  leader!: Task
  /** Live tasks. */
  readonly tasks = new Set<Task>()
  parent: ThreadGroup | undefined
  /** The thread of the parent that made it; undefined once it has another parent. */
  creator: Task | undefined
  readonly children = new Set<ThreadGroup>()
  processGroup!: ProcessGroup
  /** Those that its tasks trace; undefined while there are none. */
  tracees: Set<Tracee> | undefined
  /** Tasks but the leader that have ended, and that their tracers have not waited for. */
  zombies = 0

  actions: SignalActions
  /** Signals for the process as a whole. */
  readonly pending = new PendingSignals()
  /** Notified with POLLIN when a signal becomes pending for the process or one of its tasks. */
  readonly signalQueue = new WaitQueue()
  /** Sent to the parent when the process ends; 0 for none. */
  exitSignal: number
  limits: ResourceLimits
  readonly timers = new Map<number, PosixTimer>()
  nextTimerId = 0
  readonly intervals: IntervalTimers

  /** Set when the whole process must end: its wait status. */
  exitStatus: number | undefined
  /** Called with the wait status when it ends: for processes without a parent in the guest. */
  onEnd: ((status: number) => void) | undefined
  /** All tasks are gone; waits to be reaped. */
  ended = false
  /** A group stop: on its way (tasks still stopping) or complete. */
  stopping = false
  stopped = false
  stopSignal = 0
  /** What waitid may report, once. */
  stopReport: StopReport | undefined
  /** Notified when a child changes state. */
  readonly childEvents = new WaitQueue()
  /** Notified when one of its tasks exits. */
  readonly threadExit = new WaitQueue()

  /** An init that dies of signals, as other processes do: always, or once a forced one hit it. */
  killable = false
  /** PR_SET_CHILD_SUBREAPER */
  childSubreaper = false
  /** PR_SET_PDEATHSIG */
  deathSignal = 0
  /** PR_SET_DUMPABLE: 0, 1 or 2. */
  dumpable = 1
  /** execve was called since fork (setpgid of a child refuses then). */
  hasExeced = false
  /** personality(2). */
  personality = 0
  oomScoreAdj = 0
  /** What it may go down to without CAP_SYS_RESOURCE. */
  oomScoreAdjMin = 0
  /** /proc/PID/coredump_filter: MMF_DUMP_* bits. */
  coredumpFilter = 0x33
  /** /proc/PID/loginuid; all ones while not set. */
  loginUid = 0xffff_ffff
  /** PR_SET_THP_DISABLE: kept and inherited by nobody. */
  thpDisabled = false
  /** Used by tasks that have exited. */
  readonly exited = new Usage()
  /** Used by children that were waited for. */
  readonly waited = new Usage()
  /** Of tasks that have exited, and of children that were waited for. */
  readonly io = new IoUsage()
  readonly startNs: number

  constructor(parts: {
    readonly actions: SignalActions
    readonly limits?: ResourceLimits
    readonly exitSignal?: number
    readonly parent?: ThreadGroup | undefined
    readonly startNs: number
  }) {
    this.actions = parts.actions
    this.limits = parts.limits ?? new ResourceLimits()
    this.exitSignal = parts.exitSignal ?? SIGCHLD
    this.parent = parts.parent
    this.startNs = parts.startNs
    this.intervals = new IntervalTimers(this)
    parts.parent?.children.add(this)
  }

  /** Process id in the root PID namespace. */
  get pid(): number {
    return this.leader.pid.numbers[0]!
  }
  get pidNamespace(): PidNamespace {
    return this.leader.pid.namespace
  }
  get session(): Session {
    return this.processGroup.session
  }
  get isNamespaceInit(): boolean {
    return this.pidNamespace.init === this
  }
  /** Some live task, for questions about what all share. */
  get anyTask(): Task {
    for (const task of this.tasks) return task
    return this.leader
  }
  /** CPU time of live and exited tasks, ns. */
  cpuNs(): number {
    let total = this.exited.cpuNs
    for (const task of this.tasks) total += task.cpuNs()
    return total
  }
  /** Ends the process with a wait status; the first caller's counts (do_group_exit). */
  kill(status: number): void {
    if (this.exitStatus !== undefined) return
    this.exitStatus = status
    for (const task of this.tasks) {
      task.exitStatus ??= status
      task.alert('kill')
    }
  }
}
