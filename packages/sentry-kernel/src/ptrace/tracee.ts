// A traced task: who traces it, what it stops for, and the stop that it is in. (ptrace)
// Linux kernel/signal.c: ptrace_stop, ptrace_do_notify, do_jobctl_trap.

import {
  CLD_TRAPPED,
  PTRACE_EVENT_EXIT,
  PTRACE_EVENT_STOP,
  SA_NOCLDSTOP,
  SI_USER,
  SIG_IGN,
  SIGCHLD,
  SIGTRAP,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { sendSignal } from '../signal/send.ts'
import type { SignalInfo } from '../signal/signal-info.ts'
import type { Credentials } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { ticks } from '../task/usage.ts'
import { WaitQueue } from '../wait-queue.ts'

/** A stop that the tracer is told of. */
export interface Stop {
  /** What wait reports, 0 once it has. The tracer puts a signal there when it lets the task go on. */
  code: number
  /** PTRACE_GETSIGINFO; none in a group-stop of a task that was not seized. */
  info: SignalInfo | undefined
  /** PTRACE_GETEVENTMSG. */
  readonly message: number
}

/** `ptraced`: TRACEME and ATTACH; `seized`: group-stops are events, attaching and execve send no signal. */
export type Manner = 'ptraced' | 'seized'

/** What becomes of its system calls. */
export type Calls = 'run' | 'report' | 'emulate'

/** Linux's task_struct.ptrace and jobctl. It exists while a task is traced. */
export class Tracee {
  readonly task: Task
  readonly tracer: Task
  readonly manner: Manner
  /** PTRACE_O_* */
  options: number
  /** The tracer's credentials when it attached: what a set-id program may gain depends on them. */
  readonly tracerCreds: Credentials
  calls: Calls = 'run'
  /** Where it is; undefined while it runs. */
  stop: Stop | undefined
  /** PTRACE_LISTEN: in a group-stop, and not to be waited for or asked. */
  listening = false
  /** Its part in a group stop is due. */
  groupStopDue = false
  /** A stop is due: it was told so, or has begun traced (JOBCTL_TRAP_STOP, JOBCTL_TRAP_NOTIFY). */
  trapDue = false
  /** A handler was started during a single step, which ends there. */
  handlerStarted = false
  /** What the tracer let through, to be acted on next. */
  accepted: SignalInfo | undefined
  /** Its last stop was reported: nothing but its end follows. */
  exiting = false
  readonly #resumed = new WaitQueue()

  constructor(task: Task, tracer: Task, manner: Manner, options: number) {
    this.task = task
    this.tracer = tracer
    this.manner = manner
    this.options = options
    this.tracerCreds = tracer.creds
  }

  /** Stopped, so that its tracer may look into it (ptrace_check_attach). */
  get ready(): boolean {
    return this.stop !== undefined && !this.listening
  }

  /** A stop that no signal causes is due. */
  get stopDue(): boolean {
    return this.groupStopDue || this.trapDue
  }

  /** The siginfo of a stop that no signal caused. */
  notice(code: number, signo = SIGTRAP): SignalInfo {
    const { task } = this
    return { signo, code, pid: task.pid.own, uid: seenBy(task, task) }
  }

  /**
   * Stops until the tracer lets it go on; returns what it said: a signal or 0. A task that must end
   * does not stop, except for the last time, when only its tracer ends the stop.
   */
  *stopped(stop: Stop, why: number = CLD_TRAPPED): Blocking<number> {
    const { task } = this
    if (task.exitStatus !== undefined && !this.exiting) return stop.code
    this.stop = stop
    this.#tell(why, stop.code)
    try {
      const sleep = {
        queues: [this.#resumed],
        events: -1,
        deadlineNs: undefined,
        interruptedBy: this.exiting ? 'nothing' : 'kill',
      } as const
      while (this.stop === stop) yield sleep
      return stop.code
    } finally {
      if (this.stop === stop) this.stop = undefined
      this.listening = false
    }
  }

  /** PTRACE_EVENT_*: a stop with a message. What the tracer says at its end does not matter. */
  *event(event: number, message: number): Blocking<void> {
    const code = SIGTRAP | (event << 8)
    yield* this.stopped({ code, info: this.notice(code), message })
  }

  /** Whether the tracer wants to hear of PTRACE_EVENT_*. */
  wants(event: number): boolean {
    return (this.options & (1 << event)) !== 0
  }

  /** Lets it go on from its stop, with a signal or 0; undefined: as if nothing had been said. */
  resume(signo: number | undefined): void {
    const { stop } = this
    if (stop === undefined) return
    if (signo !== undefined) stop.code = signo
    this.stop = undefined
    this.#resumed.notify()
  }

  /** Has it stop soon; one that listens stops anew (ptrace_trap_notify). */
  trap(): void {
    this.trapDue = true
    if (this.listening) this.resume(undefined)
    else this.task.alert('signal')
  }

  /** A group stop has begun. */
  groupStop(): void {
    this.groupStopDue = true
    if (this.listening) this.resume(undefined)
  }

  /** SIGCONT was sent. */
  continued(): void {
    this.groupStopDue = false
    if (this.manner === 'seized') this.trap()
  }

  /** The stop of a seized task that is due (PTRACE_EVENT_STOP): of the group, or for the tracer alone. */
  trapStop(signo: number): Stop {
    if (this.manner === 'ptraced') return { code: signo, info: undefined, message: 0 }
    const code = signo | (PTRACE_EVENT_STOP << 8)
    return { code, info: this.notice(code, signo), message: 0 }
  }

  /**
   * Whether it stops before it ends, which happens once; not for a tracer that is ending itself, unlike on
   * Linux: two that trace each other would wait for ever.
   */
  stopsAtExit(): boolean {
    if (this.exiting || !this.wants(PTRACE_EVENT_EXIT)) return false
    if (this.tracer.exitStatus !== undefined) return false
    this.exiting = true
    const { task } = this
    return task.drive(this.#lastStop(task.exitStatus ?? 0), undefined) === undefined
  }
  *#lastStop(status: number): Blocking {
    yield* this.event(PTRACE_EVENT_EXIT, status)
    return 0
  }

  /** SIGCHLD and wake-up for the tracer (do_notify_parent_cldstop). */
  #tell(why: number, code: number): void {
    const { task, tracer } = this
    const { group } = tracer
    const action = group.actions.get(SIGCHLD)
    if (action.handler !== SIG_IGN && (action.flags & SA_NOCLDSTOP) === 0) {
      const status = why === CLD_TRAPPED ? code : task.group.stopSignal
      sendSignal(group, tracedChildInfo(this, SIGCHLD, why, status & 0x7f))
    }
    group.childEvents.notify()
  }

  /** A signal of the tracer's own choice. */
  signalFromTracer(signo: number): SignalInfo {
    const { task, tracer } = this
    return {
      signo,
      code: SI_USER,
      pid: tracer.group.leader.pid.in(task.pidNamespace),
      uid: seenBy(task, tracer),
    }
  }
}

/** Whether a process is traced by another, rather than by a third. */
export const isTracedBy = (child: ThreadGroup, waiter: ThreadGroup | undefined): boolean =>
  child.leader.tracee?.tracer.group === waiter

/** The siginfo that a tracer gets about a tracee. */
export const tracedChildInfo = (
  { task, tracer }: Tracee,
  signo: number,
  code: number,
  status: number,
): SignalInfo => ({
  signo,
  code,
  pid: task.pid.in(tracer.pidNamespace),
  uid: task.creds.uid,
  status,
  utime: ticks(task.cpuNs()),
  stime: 0,
})

/** What the task's user namespace calls another's user. */
const seenBy = (task: Task, { creds }: Task): number =>
  task.creds.userNamespace.uids.shown(creds.uid)
