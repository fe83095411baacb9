// Which CPU runs what: a stop costs a fifth when tracer and guest share one. (platform-ptrace)

import { addressOf, cpusIn, currentCpu, getAffinity, setAffinityRaw } from '@tsvisor/host'
import type { HostThread } from './host-thread.ts'
import { idleNs, runQueueDelayNs } from './proc.ts'

const NS_PER_MS = 1e6
const TICK_MIN_NS = NS_PER_MS
const TICK_MAX_NS = 16 * NS_PER_MS
/** Stops in one millisecond below which guests compute, and above which they mostly call. */
const FEW_STOPS = 15
const MANY_STOPS = 30
/** Share of a window in which threads must have run side by side to be set free. */
const MOSTLY = 0.7
/** Stops after which a thread that runs alone comes home. */
const ALONE = 4
/** Stops between two looks at how long we wait for our CPU. */
const LOOK_EVERY = 512
/** Share of the time spent waiting above which somebody else may be using it: 0.25 is our own doing. */
const TOO_LONG = 0.35
/** Share of the time that another CPU must be idle to be worth moving to. */
const IDLE_ENOUGH = 0.6
/** The host counts idle time in steps of 10 ms. */
const IDLE_WINDOW_NS = 30 * NS_PER_MS

/**
 * Everything starts on one home CPU, where a stop needs no interrupt to another core: 9 µs instead
 * of 55. While two or more threads run and seldom stop, all but one may roam; they come home when
 * they call often, or alone. If others use the home CPU, home moves.
 */
export class Placement {
  /** How many CPUs this process may use. */
  readonly cpus: number
  /** Stops seen so far. */
  stops = 0
  private readonly allowed: number[]
  private readonly everywhere: Uint8Array
  private readonly home: Uint8Array
  private homeCpu: number
  private tickNs = TICK_MIN_NS
  private tickDue: number | undefined
  private tickStart = 0
  private stopsAtTick = 0
  private parallelSince: number | undefined
  private parallelNs = 0
  /** The number of stops at which to call `look`. */
  nextLook = LOOK_EVERY
  private lookTime = 0
  private lookDelay = 0
  private idleTime = 0
  private idleBefore: ReadonlyMap<number, number> | undefined

  constructor() {
    this.everywhere = getAffinity(0)
    this.allowed = cpusIn(this.everywhere)
    this.cpus = this.allowed.length
    const cpu = currentCpu()
    this.homeCpu = this.allowed.includes(cpu) ? cpu : this.allowed[0]!
    this.home = new Uint8Array(this.everywhere.length)
    this.home[this.homeCpu >> 3] = 1 << (this.homeCpu & 7)
    this.pin(0)
  }

  /** Gives the calling thread back all its CPUs. */
  shutdown(): void {
    this.set(0, this.everywhere)
  }

  /** A thread has stopped while `others` run on. */
  stopped(thread: HostThread, others: number): void {
    this.stops++
    if (!thread.roams) return
    if (others > 0) thread.alone = 0
    else if (++thread.alone > ALONE) this.bringHome(thread)
  }

  /**
   * Called before each sleep while threads run side by side, and once after. Looks at them when it
   * is time; returns when to look again, undefined for never.
   */
  watch(
    now: number,
    manner: 'parallel' | 'alone',
    threads: Iterable<HostThread>,
  ): number | undefined {
    if (this.parallelSince !== undefined) this.parallelNs += now - this.parallelSince
    this.parallelSince = manner === 'parallel' ? now : undefined
    if (this.tickDue !== undefined && now >= this.tickDue) this.tick(now, threads)
    if (manner === 'alone') return undefined
    if (this.tickDue === undefined) {
      this.tickDue = now + this.tickNs
      this.tickStart = now
      this.stopsAtTick = this.stops
      this.parallelNs = 0
    }
    return this.tickDue
  }

  /** Whether `watch` wants to be called although threads do not run side by side. */
  get watching(): boolean {
    return this.parallelSince !== undefined
  }

  private tick(now: number, threads: Iterable<HostThread>): void {
    this.tickDue = undefined
    const window = Math.max(1, now - this.tickStart)
    const rate = ((this.stops - this.stopsAtTick) * NS_PER_MS) / window
    let changed = false
    if (rate > MANY_STOPS) changed = this.gather(threads)
    else if (rate < FEW_STOPS && this.parallelNs > window * MOSTLY) changed = this.spread(threads)
    this.tickNs = changed ? TICK_MIN_NS : Math.min(TICK_MAX_NS, this.tickNs * 2)
  }

  private spread(threads: Iterable<HostThread>): boolean {
    let atHome = 0
    let changed = false
    for (const thread of threads) {
      if (thread.state !== 'running' || thread.roams) continue
      if (atHome++ === 0) continue
      thread.roams = true
      thread.alone = 0
      this.set(thread.tid, this.everywhere)
      changed = true
    }
    return changed
  }

  private gather(threads: Iterable<HostThread>): boolean {
    let changed = false
    for (const thread of threads) {
      if (!thread.roams) continue
      this.bringHome(thread)
      changed = true
    }
    return changed
  }

  private bringHome(thread: HostThread): void {
    thread.roams = false
    this.pin(thread.tid)
  }

  /**
   * Moves home if somebody else keeps us waiting for it while another CPU idles. `helpers` are stubs
   * that are no threads.
   */
  look(now: number, threads: Iterable<HostThread>, helpers: readonly number[]): void {
    this.nextLook = this.stops + LOOK_EVERY
    if (this.cpus < 2) return
    const delay = runQueueDelayNs()
    const elapsed = Math.max(1, now - this.lookTime)
    const share = (delay - this.lookDelay) / elapsed
    this.lookDelay = delay
    this.lookTime = now
    if (share < TOO_LONG || share > 1) {
      this.idleBefore = undefined
      return
    }
    const before = this.idleBefore
    const window = now - this.idleTime
    if (before !== undefined && window < IDLE_WINDOW_NS) return
    const idle = idleNs()
    this.idleBefore = idle
    this.idleTime = now
    if (before === undefined) return
    let most = window * IDLE_ENOUGH
    let best = this.homeCpu
    for (const cpu of this.allowed) {
      const idled = (idle.get(cpu) ?? 0) - (before.get(cpu) ?? 0)
      if (idled <= most) continue
      most = idled
      best = cpu
    }
    if (best === this.homeCpu) return
    this.homeCpu = best
    this.home.fill(0)
    this.home[best >> 3] = 1 << (best & 7)
    this.pin(0)
    for (const tid of helpers) this.pin(tid)
    for (const thread of threads) if (!thread.roams) this.pin(thread.tid)
  }

  private pin(tid: number): void {
    this.set(tid, this.home)
  }

  private set(tid: number, mask: Uint8Array): void {
    setAffinityRaw(tid, mask.length, addressOf(mask))
  }
}
