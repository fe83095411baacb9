// The state behind a platform: which host threads there are, and who does what for whom. (platform-ptrace)

import { EAGAIN } from '@tsvisor/abi'
import { Batch, kill, NR, PTRACE, ptrace } from '@tsvisor/host'
import type { AddressSpace, PlatformEvent } from '@tsvisor/sentry-kernel'
import { eventOf, gone } from './events.ts'
import type { HostThread } from './host-thread.ts'
import { startMaster } from './master.ts'
import type { Space } from './space.ts'
import { StubDied, Tracer } from './tracer.ts'

const CLONE_PROCESS = 0x400 | 0x2000 | 0x8000 // FILES | PTRACE | PARENT

export class Tracing {
  readonly tracer = new Tracer()
  readonly threads = new Map<number, HostThread>()
  readonly spaces = new Set<Space>()
  /** Events found while waiting for something else. */
  readonly events: PlatformEvent[] = []
  /** Threads that execute guest code now. */
  running = 0
  /** The one that was set running last, and will most likely stop first. */
  latest: HostThread | undefined
  vdso: AddressSpace['vdso']
  /** The master stub's pid. */
  master: number
  /** The one that takes its place. */
  private spare: number
  private readonly fileMappers = new Set<Space>()
  private readonly debug: ((message: string) => void) | undefined

  constructor(debug: ((message: string) => void) | undefined) {
    this.debug = debug
    const { pid, vdso } = startMaster(this.tracer)
    this.master = pid
    this.vdso = vdso as AddressSpace['vdso']
    this.spare = this.clone(pid)
  }

  /** A new stub process, stopped; its id. */
  cloneMaster(): number {
    try {
      return this.clone(this.master)
    } catch (error) {
      if (!(error instanceof StubDied)) throw error
      this.lostStub(this.master)
      return this.clone(this.master)
    }
  }

  /**
   * A stub that is no space has died: killed from outside. If it was the master, it held nothing, and
   * there is another one. This process may no longer make a new one itself.
   */
  lostStub(pid: number): void {
    this.debug?.(`process ${pid} is gone`)
    if (pid !== this.master && pid !== this.spare) return
    if (pid === this.master) this.master = this.spare
    this.spare = this.clone(this.master)
  }

  private clone(stub: number): number {
    const batch = new Batch()
    batch.push(NR.clone, CLONE_PROCESS, 0, 0, 0, 0, 0)
    const failure = this.tracer.run(stub, batch)
    if (failure !== undefined) throw failure
    const pid = this.tracer.lastResult
    this.tracer.waitFor(pid)
    this.debug?.(`process ${pid} is a copy of ${stub}`)
    return pid
  }

  /**
   * Lends a stopped thread of `space` to `use`, which may spoil its registers: an idle one, the one
   * preferred, any stopped one, or one that is interrupted for the purpose.
   */
  borrow(space: Space, preferred: HostThread | undefined, use: (worker: HostThread) => void): void {
    const worker = space.worker(preferred)
    if (worker !== undefined) {
      this.lend(worker, use)
      worker.registers.dirty = 'all'
      return
    }
    const victim = space.threads.find(thread => thread.state === 'running')
    if (victim === undefined) throw EAGAIN
    ptrace(PTRACE.INTERRUPT, victim.tid, 0, 0)
    let event: PlatformEvent | undefined
    try {
      event = eventOf(victim, this.tracer.waitFor(victim.tid))
    } catch (error) {
      if (!(error instanceof StubDied)) throw error
      this.buried(victim)
      throw EAGAIN
    }
    if (event !== undefined) {
      // It stopped of its own accord: the kernel hears of it at the next wait.
      this.events.push({ ...event })
      this.stopped(victim)
      this.lend(victim, use)
      victim.registers.dirty = 'all'
      return
    }
    victim.readRegisters()
    this.lend(victim, use)
    victim.registers.dirty = 'all'
    victim.restart()
  }

  private lend(worker: HostThread, use: (worker: HostThread) => void): void {
    try {
      use(worker)
    } catch (error) {
      if (!(error instanceof StubDied)) throw error
      this.buried(worker)
      throw EAGAIN
    }
  }

  /** Notes that a running thread is stopped. */
  stopped(thread: HostThread): void {
    thread.state = 'stopped'
    this.running--
  }

  /** A thread turned out to be dead, its status already consumed. */
  buried(thread: HostThread): void {
    const reported = thread.state !== 'idle'
    this.forget(thread)
    thread.space.lost(thread)
    if (reported) this.events.push({ ...gone(thread) })
  }

  /** From now on no event of this thread matters. */
  forget(thread: HostThread): void {
    if (thread.state === 'running') this.running--
    thread.state = 'dead'
    this.threads.delete(thread.tid)
  }

  /** Ends one idle thread that is not the first of its process. */
  end(thread: HostThread): void {
    this.forget(thread)
    const batch = new Batch()
    batch.push(NR.exit, 0, 0, 0, 0, 0, 0)
    batch.copyTo(this.tracer.batchWords, 0)
    try {
      this.tracer.runCopied(thread.tid, 1)
    } catch (error) {
      if (!(error instanceof StubDied)) throw error
    }
  }

  /** `space` has queued a mapping of a descriptor. */
  mapsFiles(space: Space): void {
    this.fileMappers.add(space)
  }

  /** Carries out queued mappings of descriptors: one of these is about to be closed. */
  settleFiles(): void {
    if (this.fileMappers.size === 0) return
    for (const space of this.fileMappers) {
      if (space.pending) space.settle(undefined)
    }
    this.fileMappers.clear()
  }

  shutdown(): void {
    for (const space of [...this.spaces]) space.release()
    for (const pid of [this.master, this.spare]) kill(pid, 9)
  }
}
