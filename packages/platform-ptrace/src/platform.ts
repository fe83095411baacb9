// The ptrace platform: one wait covers guests, host files and timers. (platform-ptrace)

import { EIO } from '@tsvisor/abi'
import { Heartbeat, monotonicNs, WALL, WNOHANG, wait4, waitStatus } from '@tsvisor/host'
import type {
  AddressSpace,
  HostFile,
  HostSocket,
  MemoryFile,
  Platform,
  PlatformEvent,
} from '@tsvisor/sentry-kernel'
import { eventOf, gone, wakeup } from './events.ts'
import { openHostFile } from './host-file.ts'
import { HostSockets } from './host-socket.ts'
import { HostMemoryFile } from './memory-file.ts'
import { Placement } from './placement.ts'
import { Poller } from './poller.ts'
import { openProc } from './proc.ts'
import { Space } from './space.ts'
import { Tracing } from './tracing.ts'
import { Turns } from './turns.ts'

const EINTR = -4

export interface PtracePlatformOptions {
  /** Told of each process that is made, or lost. */
  readonly debug?: (message: string) => void
}

export class PtracePlatform implements Platform {
  readonly name = 'ptrace'
  private readonly placement = new Placement()
  private readonly turns = new Turns()
  private readonly tracing: Tracing
  readonly poller: Poller
  private readonly sockets: HostSockets
  /** Beats with each wait: a watchdog sees a kernel that does not come back to it. */
  readonly heartbeat = new Heartbeat()

  /** Starts the helper stubs. Throws PlatformUnsupportedError with one line on what to change. */
  constructor({ debug }: PtracePlatformOptions = {}) {
    this.tracing = new Tracing(debug)
    this.poller = new Poller(this.tracing)
    this.sockets = new HostSockets(this.poller)
    openProc()
  }

  /** Makes an open descriptor a file of the kernel, which owns (and closes) it from now on. */
  openHostFile(fd: number, label: string): HostFile {
    return openHostFile(this.tracing, this.poller, fd, label)
  }

  /**
   * The same for a stream socket, that listens or is connected, of unix(7), ip(7) or ipv6(7); undefined
   * for any other descriptor, which stays the caller's. One that listens becomes O_NONBLOCK, for all that
   * share it.
   */
  openHostSocket(fd: number): HostSocket | undefined {
    return this.sockets.open(fd)
  }

  /**
   * Calls `notify` from inside wait with each readiness edge (EPOLL* bits) of a descriptor that the
   * kernel does not see, such as a control socket. Undo by calling the result, before closing it.
   */
  watch(fd: number, notify: (events: number) => void): () => void {
    return this.poller.watch(fd, notify)
  }

  /** The same when its far end is gone, or it failed; data to be read wakes nobody. */
  watchHangup(fd: number, notify: (events: number) => void): () => void {
    return this.poller.watchHangup(fd, notify)
  }

  newAddressSpace(): AddressSpace {
    const tgid = this.tracing.cloneMaster()
    const space = new Space(this.tracing, tgid)
    this.tracing.spaces.add(space)
    // Its only thread is spare until the kernel asks for one.
    space.retire(space.adopt(tgid, undefined))
    return space
  }

  newMemoryFile(label: string): MemoryFile {
    return new HostMemoryFile(this.tracing, label)
  }

  wait(deadlineNs: number | undefined): PlatformEvent {
    const { tracing, poller, placement, heartbeat } = this
    const queued = tracing.events.shift()
    if (queued !== undefined) return queued
    for (;;) {
      let options = WALL
      const parallel = tracing.running > 1 && placement.cpus > 1
      if (parallel || deadlineNs !== undefined || placement.watching) {
        const now = monotonicNs()
        const manner = parallel ? 'parallel' : 'alone'
        const look = placement.watch(now, manner, tracing.threads.values())
        if (deadlineNs !== undefined && deadlineNs <= now) options |= WNOHANG
        else {
          if (deadlineNs !== undefined) poller.arm(deadlineNs, now)
          if (look !== undefined) poller.arm(look, now)
        }
      }
      heartbeat.beat()
      const { latest } = tracing
      const tid = latest?.state === 'running' ? latest.wait(options) : wait4(-1, options)
      heartbeat.beat()
      if (tid === 0) return wakeup
      if (tid === EINTR) continue
      if (tid < 0) throw EIO
      const event = this.eventOf(tid, waitStatus())
      if (event === undefined) continue
      if (tracing.running === 0 || this.turns.mayGoOn(tid)) return event
      const first = { ...event }
      this.turns.looked(this.collectStops())
      return first
    }
  }

  /** Queues what other stops there are; whether there was any. */
  private collectStops(): boolean {
    const { events } = this.tracing
    const before = events.length
    for (;;) {
      const tid = wait4(-1, WALL | WNOHANG)
      if (tid <= 0) return events.length > before
      const event = this.eventOf(tid, waitStatus())
      if (event !== undefined) events.push({ ...event })
    }
  }

  /** What a status of wait4 means to the kernel, if anything. */
  private eventOf(tid: number, status: number): PlatformEvent | undefined {
    const { tracing, poller, placement } = this
    const thread = tracing.threads.get(tid)
    if (thread === undefined) {
      if (tid === poller.pid && poller.stopped(status)) return wakeup
      if ((status & 0x7f) !== 0x7f) tracing.lostStub(tid)
      // Else: a stub on its way out, or a child of somebody else in this process.
      return undefined
    }
    if ((status & 0x7f) !== 0x7f) {
      const known = thread.state !== 'idle'
      tracing.forget(thread)
      thread.space.lost(thread)
      return known ? gone(thread) : undefined
    }
    if (thread.state !== 'running') return undefined
    const event = eventOf(thread, status)
    if (event === undefined) {
      thread.proceed()
      return undefined
    }
    tracing.stopped(thread)
    placement.stopped(thread, tracing.running)
    if (placement.stops >= placement.nextLook) {
      placement.look(monotonicNs(), tracing.threads.values(), [tracing.master, poller.pid])
    }
    return event
  }

  shutdown(): void {
    this.tracing.shutdown()
    this.poller.shutdown()
    this.placement.shutdown()
  }
}
