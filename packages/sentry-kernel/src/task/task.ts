// A task: one guest thread and what it owns or shares. (task)

import type { Addr } from '@tsvisor/abi'
import type { CgroupSet } from '../cgroup/cgroup-set.ts'
import type { Blocking, Result, Sleep, WakeReason } from '../kernel/blocking.ts'
import type { Container } from '../kernel/container.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { MemoryManager } from '../mm/memory-manager.ts'
import type { MemoryPolicy } from '../mm/memory-policy.ts'
import type { Thread } from '../platform/platform.ts'
import type { Tracee } from '../ptrace/tracee.ts'
import type { SeccompFilter } from '../seccomp/filter.ts'
import type { SignalSet } from '../signal/signal-set.ts'
import { TaskSignals } from '../signal/task-signals.ts'
import type { TracedCall } from '../strace/strace.ts'
import type { Timer } from '../time/timer-queue.ts'
import type { FdTable } from '../vfs/fd-table.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import type { Waiter, WaitQueue } from '../wait-queue.ts'
import type { Credentials } from './credentials.ts'
import type { FsContext } from './fs-context.ts'
import { IoUsage } from './io-usage.ts'
import type { NsProxy } from './ns-proxy.ts'
import type { Pid, PidNamespace } from './pid-namespace.ts'
import { TaskScheduling } from './task-scheduling.ts'
import type { ThreadGroup } from './thread-group.ts'

/**
 * `running`: guest code runs, or the kernel works for it. `sleeping`: inside a system call's
 * generator. `stopped`: job control. `dead`: exited (the group may be a zombie).
 */
export type TaskState = 'running' | 'sleeping' | 'stopped' | 'dead'

/** What a task is made of. Everything that it may share with others is passed in. */
export interface TaskParts {
  readonly kernel: Kernel
  readonly pid: Pid
  readonly group: ThreadGroup
  readonly thread: Thread
  readonly mm: MemoryManager
  readonly fds: FdTable
  readonly fs: FsContext
  readonly mounts: MountNamespace
  readonly namespaces: NsProxy
  readonly creds: Credentials
  readonly name: string
  readonly container?: Container | undefined
  readonly cgroups: CgroupSet
}

/** Details of the last fault, for the signal frame (thread.trap_nr, error_code, cr2). */
export interface FaultState {
  readonly trapno: number
  readonly error: number
  readonly addr: number
}

const NO_FAULT: FaultState = { trapno: 0, error: 0, addr: 0 }

/** Linux's task_struct, gVisor's kernel.Task. */
export class Task implements Waiter {
  readonly kernel: Kernel
  /** Its number in each PID namespace. execve from a thread takes over the leader's. */
  pid: Pid
  group: ThreadGroup
  thread: Thread
  mm: MemoryManager
  fds: FdTable
  fs: FsContext
  mounts: MountNamespace
  namespaces: NsProxy
  creds: Credentials
  /** comm: at most 15 bytes. */
  name: string
  readonly container: Container | undefined
  cgroups: CgroupSet
  state: TaskState = 'running'

  /** The system call being answered, or -1. */
  syscall = -1
  /** Guest code runs on the host thread now (between resume and the next event). */
  inUser = false
  /** On its way to guest code, where its container or cgroup lets none run: not started, paused, frozen, throttled. */
  held = false
  /** Guest code waits: it took more than memory.high. */
  delayed = false
  /** Something must be looked at before guest code runs again: signals, stop, exit, saved mask, hold. */
  attention = false
  /** Set when it must end: its wait status. */
  exitStatus: number | undefined
  /** The negative restart errno of a call that a stop interrupted, or 0. */
  pendingRestart = 0
  /** What restart_syscall(2) goes on with. */
  restartBlock: (() => Result) | undefined

  readonly signals = new TaskSignals()
  /** Notified with POLLIN when a signal becomes pending for it: signalfd. */
  fault: FaultState = NO_FAULT
  readonly scheduling: TaskScheduling
  readonly io = new IoUsage()

  /** CLONE_CHILD_CLEARTID: zeroed and woken when it exits. */
  clearChildTid = 0 as Addr
  /** set_robust_list. */
  robustList = 0 as Addr
  /** The parent of a vfork child sleeps here until the child execs or exits. */
  vforkDone: WaitQueue | undefined
  /** Namespace of future children (unshare(CLONE_NEWPID), setns). */
  childPidNamespace: PidNamespace
  timerSlackNs = 50_000
  /** set_mempolicy(2); undefined: the default one. */
  memoryPolicy: MemoryPolicy | undefined
  readonly startNs: number
  /** SECCOMP_MODE_* */
  seccomp = 0
  /** While it is traced. */
  tracee: Tracee | undefined
  /** How guest code goes on: a tracer may want single steps. */
  resumption: 'run' | 'step' = 'run'
  /** In SECCOMP_MODE_FILTER. */
  seccompFilter: SeccompFilter | undefined
  /** The call on its way, while tracing is on. */
  trace: TracedCall | undefined

  /** Waiter: POLL* bits of the current sleep. */
  mask = -1
  #blocking: Blocking | undefined
  #sleep: Sleep | undefined
  #timer: Timer | undefined
  #why: WakeReason | undefined
  #queued = false

  constructor(parts: TaskParts, like?: Task) {
    this.kernel = parts.kernel
    this.pid = parts.pid
    this.group = parts.group
    this.thread = parts.thread
    this.mm = parts.mm
    this.fds = parts.fds
    this.fs = parts.fs
    this.mounts = parts.mounts
    this.namespaces = parts.namespaces
    this.namespaces.ipc.hold()
    this.creds = parts.creds
    this.name = parts.name
    this.container = parts.container
    this.cgroups = parts.cgroups
    this.scheduling = new TaskScheduling(like?.scheduling)
    this.childPidNamespace = parts.pid.namespace
    this.startNs = parts.kernel.clock.monotonicNs()
    this.thread.owner = this
    this.pid.task = this
    this.group.tasks.add(this)
    this.container?.add(this)
    this.cgroups.add(this)
  }

  /** Thread id in the root PID namespace. */
  get tid(): number {
    return this.pid.numbers[0]!
  }
  get pidNamespace(): PidNamespace {
    return this.pid.namespace
  }
  get isLeader(): boolean {
    return this.group.leader === this
  }
  /** CPU time used, ns. */
  cpuNs(): number {
    return this.state === 'dead' ? 0 : this.thread.cpuTimeNs()
  }

  /** Whether a signal that it does not block is pending, or a stop is due (Linux signal_pending). */
  get signalPending(): boolean {
    const { blocked, pending } = this.signals
    return (
      pending.set.hasOutside(blocked) || this.group.pending.set.hasOutside(blocked) || this.#stopDue
    )
  }
  get #stopDue(): boolean {
    const { tracee } = this
    return tracee === undefined ? this.group.stopping : tracee.stopDue
  }
  /** Sets the signal mask and looks at what that lets through. */
  setBlocked(set: SignalSet): void {
    this.signals.assignBlocked(set)
    if (this.signalPending) this.attention = true
  }
  /**
   * Replaces the mask until the return to user mode (sigsuspend, ppoll, pselect6, epoll_pwait): the
   * old one comes back after a handler ran with the temporary one.
   */
  setTemporaryMask(set: SignalSet): void {
    this.signals.saved ??= this.signals.blocked.copy()
    this.signals.assignBlocked(set)
    this.attention = true
  }

  /**
   * Starts or goes on with a system call's generator until it sleeps or ends. Returns its result, or
   * undefined when it sleeps. Throws what it throws.
   */
  drive(blocking: Blocking, why: WakeReason | undefined): number | undefined {
    let step = why === undefined ? blocking.next() : blocking.next(why)
    for (;;) {
      if (step.done) return step.value
      if (!this.#mayNotSleep(step.value)) {
        this.#block(blocking, step.value)
        return undefined
      }
      if (this.exitStatus !== undefined) {
        this.#blocking = blocking
        this.#abandon()
        return 0
      }
      step = blocking.next('signal')
    }
  }

  /** Waiter: something it sleeps on happened. */
  wake(_events: number): void {
    this.#rouse('event')
  }

  /**
   * A signal became pending, it must stop or exit, or its container is paused: gets it to look, wherever
   * it is.
   */
  alert(severity: 'signal' | 'kill' | 'hold'): void {
    this.attention = true
    if (this.state === 'sleeping') {
      if (severity === 'hold') return
      if (severity === 'kill' || this.#sleep?.interruptedBy === 'signal') this.#rouse('signal')
    } else if (this.inUser) {
      this.thread.interrupt()
    } else if ((this.state === 'stopped' || this.held) && severity === 'kill') {
      this.schedule()
    }
  }

  /** Its container lets it run (again). */
  release(): void {
    if (!this.held) return
    this.held = false
    this.schedule()
  }

  /** Moves to other namespaces. */
  enterNamespaces(next: NsProxy): void {
    next.ipc.hold()
    this.namespaces.ipc.drop()
    this.namespaces = next
  }

  /** Lets the loop look at it soon. */
  schedule(): void {
    if (this.#queued) return
    this.#queued = true
    this.kernel.ready(this)
  }
  /** The loop's side of schedule: the sleeping call and why it woke, if there is one. */
  takeReady(): { blocking: Blocking; why: WakeReason } | undefined {
    this.#queued = false
    const blocking = this.#blocking
    if (!blocking) return undefined
    if (this.exitStatus !== undefined) {
      this.#abandon()
      return undefined
    }
    this.#blocking = undefined
    return { blocking, why: this.#why! }
  }
  /** Wakes the parent that waits for this vfork child to exec or exit. */
  releaseVfork(): void {
    const queue = this.vforkDone
    this.vforkDone = undefined
    queue?.notify()
  }

  /** What it sleeps on, for people. */
  get sleepText(): string {
    const sleep = this.#sleep
    if (sleep === undefined) return ''
    const { queues, events, deadlineNs, interruptedBy } = sleep
    const left =
      deadlineNs === undefined || deadlineNs === Number.POSITIVE_INFINITY
        ? 'for ever'
        : `${((deadlineNs - this.kernel.clock.monotonicNs()) / 1e9).toFixed(3)} s more`
    const mask = (events >>> 0).toString(16)
    return `, waits ${left} on ${queues.length} queues (events 0x${mask}), until ${interruptedBy}`
  }

  #mayNotSleep(sleep: Sleep): boolean {
    if (!this.attention) return false
    if (this.exitStatus !== undefined) return sleep.interruptedBy !== 'nothing'
    return sleep.interruptedBy === 'signal' && this.signalPending
  }
  #block(blocking: Blocking, sleep: Sleep): void {
    this.#blocking = blocking
    this.#sleep = sleep
    this.mask = sleep.events
    this.state = 'sleeping'
    for (const queue of sleep.queues) queue.add(this)
    if (sleep.deadlineNs !== undefined && sleep.deadlineNs !== Number.POSITIVE_INFINITY) {
      this.#timer = this.kernel.timers.add(sleep.deadlineNs, () => this.#rouse('timeout'))
    }
  }
  #rouse(why: WakeReason): void {
    const sleep = this.#sleep
    if (!sleep) return
    for (const queue of sleep.queues) queue.remove(this)
    if (this.#timer) this.kernel.timers.cancel(this.#timer)
    this.#sleep = undefined
    this.#timer = undefined
    this.#why = why
    this.state = 'running'
    this.schedule()
  }
  /** A fatal signal never resumes the generator: its `finally` blocks run, nothing else. */
  #abandon(): void {
    const blocking = this.#blocking
    this.#blocking = undefined
    blocking?.return(0)
  }
}
