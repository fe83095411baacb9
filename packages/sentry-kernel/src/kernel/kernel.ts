// The kernel: one object, one thread, one loop. (kernel core)

import { SIGKILL, syscallByNumber } from '@tsvisor/abi'
import { standardTypes } from '../fs/standard-types.ts'
import type { Clock, Random } from '../platform/host.ts'
import type { Platform, PlatformEvent } from '../platform/platform.ts'
import { kernelSignal, sendSignal, signalProcessGroup } from '../signal/send.ts'
import { PidNamespace } from '../task/pid-namespace.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { TimerQueue } from '../time/timer-queue.ts'
import type { FileSystemType } from '../vfs/filesystems.ts'
import { VirtualFilesystem } from '../vfs/virtual-filesystem.ts'
import { bootRecords } from './boot-log.ts'
import { type ProcessOptions, startProcess } from './create-process.ts'
import { enterFromFault, enterFromSyscall, resumeTask } from './dispatch.ts'
import { type KernelLog, silentLog } from './log.ts'
import { Printk } from './printk.ts'
import { returnToUser } from './return-to-user.ts'
import { UtsNamespace } from './uts.ts'

export interface KernelOptions {
  readonly platform: Platform
  readonly clock: Clock
  readonly random: Random
  readonly log?: KernelLog
  readonly hostname?: string
  readonly domainname?: string
  /** CPUs that the guest sees; default 1. */
  readonly cpus?: number
  /** RAM that the guest sees, bytes; default 2 GiB. */
  readonly memoryBytes?: number
}

/** How the first process ended. */
export interface RunResult {
  /** Wait status: exit code << 8, or the signal that killed it. */
  readonly status: number
  /** Why, when it was the kernel's doing. */
  readonly message?: string
}

/** Receives one line for each finished system call. */
export type StraceSink = (line: string) => void

/** A whole Linux kernel. */
export class Kernel {
  readonly platform: Platform
  readonly clock: Clock
  readonly random: Random
  readonly log: KernelLog
  readonly timers = new TimerQueue()
  readonly rootPidNamespace = new PidNamespace(undefined)
  readonly uts: UtsNamespace
  readonly cpus: number
  readonly memoryBytes: number
  readonly bootNs: number
  readonly printk: Printk
  readonly vfs = new VirtualFilesystem()
  /** Set it to trace system calls, undefined to stop. */
  strace: StraceSink | undefined
  /** Queued signals for each user id: RLIMIT_SIGPENDING. */
  readonly queuedSignals = new Map<number, number>()
  /** The first process. */
  init: ThreadGroup | undefined
  /** Forks since the start (/proc/stat). */
  forks = 0
  #ready: Task[] = []
  #spare: Task[] = []
  #message: string | undefined
  #lastUnknown = new Set<number>()

  constructor(options: KernelOptions) {
    this.platform = options.platform
    this.clock = options.clock
    this.random = options.random
    this.log = options.log ?? silentLog
    this.uts = new UtsNamespace(options.hostname ?? 'tsvisor', options.domainname)
    this.cpus = options.cpus ?? 1
    this.memoryBytes = options.memoryBytes ?? 2 * 1024 ** 3
    this.bootNs = options.clock.monotonicNs()
    this.printk = new Printk(bootRecords(options.random))
  }

  /** st_dev for a new file system instance: anonymous major 0 (Linux fs/super.c:get_anon_bdev). */
  nextDev(): number {
    return ++this.#lastDev
  }
  #lastDev = 0x20

  /** What mount(2) knows, by name. */
  get fileSystemTypes(): ReadonlyMap<string, FileSystemType> {
    return standardTypes()
  }

  get hostname(): string {
    return this.uts.hostname
  }

  /** Queues a task for the loop. Use `task.schedule()`. */
  ready(task: Task): void {
    this.#ready.push(task)
  }

  /** Runs until the first process has ended and everything with it. */
  run(): RunResult {
    while (!this.finished) this.step()
    return this.result
  }

  /** Whether the first process has ended and no task is left. */
  get finished(): boolean {
    const init = this.init
    if (!init?.ended) return false
    for (const task of this.rootPidNamespace.tasks()) if (task.state !== 'dead') return false
    return true
  }
  get result(): RunResult {
    const status = this.init?.exitStatus ?? SIGKILL
    return this.#message === undefined ? { status } : { status, message: this.#message }
  }

  /** One turn of the loop: ready tasks, due timers, then one event of the platform. */
  step(): void {
    this.#runReady()
    let deadline = this.timers.next()
    if (deadline !== undefined && deadline <= this.clock.monotonicNs()) {
      this.timers.expire(this.clock.monotonicNs())
      deadline = this.timers.next()
    }
    if (this.#ready.length > 0) {
      this.#runReady()
      if (this.finished) return
      deadline = this.timers.next()
      if (this.#ready.length > 0) deadline = 0
    } else if (this.init?.ended && this.finished) return
    this.#handle(this.platform.wait(deadline))
  }

  /** The first process is gone: so is everything else, `exec`ed processes included. */
  powerOff(): void {
    for (const group of this.rootPidNamespace.groups()) if (!group.ended) group.kill(SIGKILL)
  }

  /** CLONE_NEWNS: the task gets its own copy of the mounts. */
  newMountNamespace(task: Task): void {
    const { namespace, moved } = task.mounts.copy(task.creds.userNamespace)
    const { fs } = task
    fs.root = { mount: moved.get(fs.root.mount) ?? fs.root.mount, dentry: fs.root.dentry }
    fs.cwd = { mount: moved.get(fs.cwd.mount) ?? fs.cwd.mount, dentry: fs.cwd.dentry }
    task.mounts.drop()
    task.mounts = namespace
  }

  /**
   * Makes the first process; `run` runs it. Errors: the Errno of finding or loading its program.
   */
  createInit(options: ProcessOptions): ThreadGroup {
    if (this.init) throw new Error('this kernel has its first process already')
    this.init = startProcess(this, options)
    return this.init
  }
  /** Makes a further process without a parent in the guest (exec); `onEnd` tells how it ended. */
  createProcess(options: ProcessOptions): ThreadGroup {
    return startProcess(this, options)
  }
  /** Makes a container's first process that of the kernel: with its end all ends. */
  adoptInit(group: ThreadGroup): void {
    if (this.init) throw new Error('this kernel has its first process already')
    this.init = group
  }
  /** A signal from outside to the first process. */
  sendSignalToInit(signo: number): void {
    if (this.init) sendSignal(this.init, kernelSignal(signo), 'ancestor')
  }
  /** A signal from outside to a process. */
  signalFromOutside(group: ThreadGroup, signo: number): void {
    sendSignal(group, kernelSignal(signo), 'ancestor')
  }
  /** A signal from outside to the foreground job of a process's terminal, or to the process. */
  foregroundSignal(group: ThreadGroup, signo: number): void {
    const foreground = group.ended ? undefined : group.session.tty?.foreground
    if (foreground) signalProcessGroup(foreground, kernelSignal(signo))
    else sendSignal(group, kernelSignal(signo), 'ancestor')
  }

  /** A kernel bug showed while `task` was served: the process dies, the kernel lives on. */
  oops(task: Task, error: unknown): void {
    const { registers } = task.thread
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    const words = Array.from(registers.words, w => w.toString(16).padStart(8, '0'))
    const dump = Array.from({ length: 27 }, (_, i) => words[2 * i + 1]! + words[2 * i]!).join(' ')
    const call = syscallByNumber[task.syscall]?.name ?? task.syscall
    const where = `kernel bug in system call ${call} of ${task.name}[${task.tid}]: `
    const report = `${where}${stack}\nregisters: ${dump}`
    if (task.group === this.init) {
      // Said by whoever runs the kernel, as the reason of its end.
      this.#message = `${where}${String(error)}`
      this.log.warn(report)
    } else this.log.error(report)
    task.group.kill(SIGKILL)
  }

  /** A system call that is declared but not implemented: said once each. */
  noteUnimplemented(nr: number, name: string): void {
    if (this.#lastUnknown.has(nr)) return
    this.#lastUnknown.add(nr)
    this.log.warn(`system call ${name} (${nr}) is not implemented`)
  }

  #runReady(): void {
    const batch = this.#ready
    if (batch.length === 0) return
    this.#ready = this.#spare
    for (let i = 0; i < batch.length; i++) {
      const task = batch[i]!
      try {
        resumeTask(task)
      } catch (error) {
        this.#fail(task, error)
      }
    }
    batch.length = 0
    this.#spare = batch
  }

  #handle(event: PlatformEvent): void {
    if (event.kind === 'wakeup') return
    const task = event.thread.owner as Task | undefined
    if (task === undefined || task.state === 'dead') return
    task.inUser = false
    try {
      if (event.kind === 'syscall') enterFromSyscall(task)
      else if (event.kind === 'fault') enterFromFault(task, event)
      else {
        if (event.kind === 'gone') task.group.kill(SIGKILL)
        returnToUser(task)
      }
    } catch (error) {
      this.#fail(task, error)
    }
  }

  /** Even the way out failed: record it, and end the task without more ado. */
  #fail(task: Task, error: unknown): void {
    this.oops(task, error)
    if (task.state !== 'dead') {
      task.exitStatus ??= SIGKILL
      task.state = 'running'
      returnToUser(task)
    }
  }
}
