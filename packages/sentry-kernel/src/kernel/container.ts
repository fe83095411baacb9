// A container: processes that are started, held, counted and ended together. (kernel core)

import { SIGKILL } from '@tsvisor/abi'
import { ControlGroups } from '../cgroup/control-groups.ts'
import type { DeviceRule } from '../fs/devices/device-rules.ts'
import { kernelSignal, type SignalOrigin, sendSignal } from '../signal/send.ts'
import { initialNamespaces, type NsProxy } from '../task/ns-proxy.ts'
import { PidNamespace } from '../task/pid-namespace.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import { type ProcessOptions, startProcess } from './create-process.ts'
import type { Kernel } from './kernel.ts'

export interface ContainerOptions {
  readonly id: string
  readonly mounts: MountNamespace
  /** Default: one of its own. */
  readonly pidNamespace?: PidNamespace
  /** Default: the kernel's. */
  readonly namespaces?: Partial<NsProxy>
  /** Default: only the unified hierarchy. */
  readonly controlGroups?: ControlGroups
}

/** As the OCI runtime specification names them. */
export type ContainerStatus = 'created' | 'running' | 'paused' | 'stopped'

type Begin = Omit<ProcessOptions, 'mounts' | 'root' | 'container' | 'begin' | 'onEnd'>

/** How a process ended: its wait status. */
export type OnEnd = (status: number) => void

/**
 * Made empty; `create` loads its first process, `start` lets it run, and with its end the others end.
 */
export class Container {
  readonly kernel: Kernel
  readonly id: string
  readonly mounts: MountNamespace
  readonly pidNamespace: PidNamespace
  readonly namespaces: NsProxy
  readonly controlGroups: ControlGroups
  /** Its first process, once there is one. */
  init: ThreadGroup | undefined
  /** Every live task, whatever namespace it made for itself. */
  readonly tasks = new Set<Task>()
  /** Most tasks that it may have; Infinity for no limit. */
  maxTasks = Number.POSITIVE_INFINITY
  /** What it may use of memory, bytes: shown, not enforced. Infinity for no limit. */
  maxMemory = Number.POSITIVE_INFINITY
  /** Which devices it may use; without any, all that there are. */
  deviceRules: readonly DeviceRule[] = []
  /** CPU time of tasks that are gone, ns. */
  #pastCpuNs = 0
  #started = false
  #paused = false
  #initSignals: 'init' | 'ordinary' = 'init'
  /** Called once no task of it runs guest code. */
  #quiet: (() => void)[] = []
  #onStopped: OnEnd[] = []

  constructor(kernel: Kernel, options: ContainerOptions) {
    this.kernel = kernel
    this.id = options.id
    this.mounts = options.mounts
    this.pidNamespace = options.pidNamespace ?? new PidNamespace(kernel.rootPidNamespace)
    this.controlGroups = options.controlGroups ?? new ControlGroups()
    const initial = initialNamespaces(kernel, this.controlGroups)
    this.namespaces = { ...initial, ...options.namespaces }
  }

  get status(): ContainerStatus {
    if (this.init === undefined || this.stopped) return 'stopped'
    if (!this.#started) return 'created'
    return this.#paused ? 'paused' : 'running'
  }
  /** The first process has ended, and everything with it. */
  get stopped(): boolean {
    return this.init?.ended === true && this.tasks.size === 0
  }
  /** Wait status of the first process. */
  get exitStatus(): number {
    return this.init?.exitStatus ?? SIGKILL
  }
  /** Whether its tasks may not run guest code. */
  get paused(): boolean {
    return this.#paused
  }
  /** Whether it keeps a task from running guest code. */
  holds(task: Task): boolean {
    return this.#paused || (!this.#started && task.group === this.init)
  }
  /** CPU time used by its tasks so far, ns. */
  cpuNs(): number {
    let total = this.#pastCpuNs
    for (const task of this.tasks) total += task.cpuNs()
    return total
  }

  /**
   * Loads the first process, which `start` lets run. Until then every deadly signal ends it, as there is
   * no program yet that could have a say. Errors: see startProcess.
   */
  create(options: Begin): ThreadGroup {
    const { signals = 'init' } = options
    this.#initSignals = signals
    this.init = startProcess(this.kernel, {
      ...options,
      mounts: this.mounts,
      container: this,
      begin: 'held',
      signals: 'ordinary',
    })
    return this.init
  }

  /** Lets the first process run. */
  start(): void {
    const { init } = this
    if (init === undefined || this.#started) return
    this.#started = true
    if (init.exitStatus === undefined) init.killable = this.#initSignals === 'ordinary'
    if (!this.#paused) this.#release()
  }

  /** A further process, without a parent in the guest. Errors: see startProcess. */
  exec(options: Begin, onEnd: OnEnd): ThreadGroup {
    // Where the first process is by now.
    const at = this.init?.anyTask
    return startProcess(this.kernel, {
      ...options,
      mounts: at?.mounts ?? this.mounts,
      container: this,
      ...(at && { namespaces: at.namespaces }),
      onEnd,
    })
  }

  /** No guest code runs from `held` on until `resume`. System calls on their way are finished. */
  pause(held: () => void): void {
    this.#paused = true
    for (const task of this.tasks) task.alert('hold')
    this.#quiet.push(held)
    this.noteQuiet()
  }

  resume(): void {
    this.#paused = false
    this.#answerQuiet()
    if (this.#started) this.#release()
    else for (const task of this.tasks) if (task.group !== this.init) task.release()
  }

  /** Calls back with the first process's wait status when the whole container has ended. */
  whenStopped(notify: OnEnd): void {
    if (this.stopped) notify(this.exitStatus)
    else this.#onStopped.push(notify)
  }

  /** A signal from outside to each of its processes. */
  signalAll(signo: number, origin: SignalOrigin = 'ancestor'): void {
    for (const group of this.groups()) sendSignal(group, kernelSignal(signo), origin)
  }

  /** Its processes. */
  groups(): Set<ThreadGroup> {
    const groups = new Set<ThreadGroup>()
    for (const task of this.tasks) groups.add(task.group)
    return groups
  }

  /** Ends every process. */
  kill(): void {
    for (const group of this.groups()) group.kill(SIGKILL)
  }

  // What the kernel tells it.

  add(task: Task): void {
    this.tasks.add(task)
  }
  /** A task has ended, or could not be made. */
  remove(task: Task, cpuNs: number): void {
    this.tasks.delete(task)
    this.#pastCpuNs += cpuNs
    this.noteQuiet()
  }
  /** A process has ended. */
  groupEnded(group: ThreadGroup): void {
    if (group === this.init) this.kill()
    this.noteStopped()
  }
  noteStopped(): void {
    if (!this.stopped) return
    for (const notify of this.#onStopped.splice(0)) notify(this.exitStatus)
  }
  /** A task has stopped to run guest code. */
  noteQuiet(): void {
    if (this.#quiet.length === 0) return
    for (const task of this.tasks) if (task.inUser) return
    this.#answerQuiet()
  }

  #answerQuiet(): void {
    for (const notify of this.#quiet.splice(0)) notify()
  }
  #release(): void {
    for (const task of this.tasks) task.release()
  }
}
