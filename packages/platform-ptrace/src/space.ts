// One guest address space: a stub process, its queue of layout changes, its threads. (platform-ptrace)

import { type Addr, EAGAIN, EINVAL, Errno, addr as guestAddr } from '@tsvisor/abi'
import { addressOf, allocate, Batch, kill, NR, processRead, processWrite } from '@tsvisor/host'
import type { AddressSpace, MapSource, Prot, Thread } from '@tsvisor/sentry-kernel'
import { ADVICE } from './advice.ts'
import { Barrier, type BarrierKind } from './barrier.ts'
import { CLONE_PROCESS, CLONE_THREAD } from './clone-flags.ts'
import { copyXstate } from './fpu.ts'
import { HostThread } from './host-thread.ts'
import { descriptorOf } from './mappable.ts'
import { anonymousBytes, anonymousShare, processCpuNs, residentBytes } from './proc.ts'
import type { Tracing } from './tracing.ts'
import { LARGE, Windows } from './windows.ts'

const MAP_SHARED_FIXED = 0x11
const MAP_PRIVATE_FIXED = 0x12
const MAP_ANONYMOUS_NORESERVE = 0x4020
const MREMAP_MAYMOVE_FIXED = 3

/** Reads and writes up to this size pass through native scratch memory. */
const BOUNCE = 512
const scratch = allocate(4096)
const scratchView = new DataView(scratch.bytes.buffer)

/** Spare stopped threads that a space keeps for the next newThread. */
const IDLE_THREADS = 4

export class Space implements AddressSpace {
  readonly minAddr = guestAddr(0x10000)
  readonly maxAddr: Addr
  readonly vdso: AddressSpace['vdso']
  readonly tracing: Tracing
  /** Host process id, the id of its first thread. */
  readonly tgid: number
  readonly threads: HostThread[] = []
  private readonly idle: HostThread[] = []
  private readonly queue = new Batch()
  private readonly windows = new Windows(this)
  private readonly barriers = new Barrier(this)
  private failure: Errno | undefined
  private released = false
  /** CPU time that was said of threads which are gone, ns. */
  private pastCpuNs = 0
  /** Killed from outside: its ids are not to be used any more. */
  private dead = false

  constructor(tracing: Tracing, tgid: number) {
    this.tracing = tracing
    this.tgid = tgid
    this.maxAddr = guestAddr(tracing.tracer.areaBase)
    this.vdso = tracing.vdso
  }

  /** Whether layout changes are queued. */
  get pending(): boolean {
    return this.queue.length > 0
  }

  map(addr: Addr, length: number, rights: Prot, source: MapSource): void {
    this.demandGuest(addr, length)
    if (this.windows.any) this.windows.discard(addr, addr + length)
    const prot = rights & 7
    if (source.kind === 'anonymous') {
      const flags = MAP_PRIVATE_FIXED | MAP_ANONYMOUS_NORESERVE
      this.queue.push(NR.mmap, addr, length, prot, flags, -1, 0)
    } else {
      const flags = source.shared ? MAP_SHARED_FIXED : MAP_PRIVATE_FIXED
      const fd = descriptorOf(source.file)
      this.queue.push(NR.mmap, addr, length, prot, flags, fd, source.offset)
      // The descriptor must still be the same file when the call is made.
      this.tracing.mapsFiles(this)
    }
  }

  unmap(addr: Addr, length: number): void {
    this.demandGuest(addr, length)
    if (this.windows.any) this.windows.discard(addr, addr + length)
    this.queue.push(NR.munmap, addr, length, 0, 0, 0, 0)
  }

  protect(addr: Addr, length: number, prot: Prot): void {
    this.demandGuest(addr, length)
    if (this.windows.any) this.windows.restore(addr, addr + length)
    this.queue.push(NR.mprotect, addr, length, prot & 7, 0, 0, 0)
  }

  remap(from: Addr, oldLength: number, to: Addr, newLength: number): void {
    this.demandGuest(from, oldLength)
    this.demandGuest(to, newLength)
    if (this.windows.any) {
      this.windows.restore(from, from + Math.max(oldLength, newLength))
      this.windows.discard(to, to + newLength)
    }
    const flags = from === to ? 0 : MREMAP_MAYMOVE_FIXED
    this.queue.push(NR.mremap, from, oldLength, newLength, flags, to, 0)
  }

  advise(addr: Addr, length: number, advice: number): void {
    this.demandGuest(addr, length)
    if (!ADVICE.has(advice)) return
    if (this.windows.any) this.windows.restore(addr, addr + length)
    this.queue.push(NR.madvise, addr, length, advice, 0, 0, 0)
  }

  /** The kernel checks what guests ask for; should it fail to, the stub's pages are safe still. */
  private demandGuest(addr: number, length: number): void {
    if (!(addr >= 0 && length >= 0 && addr + length <= this.maxAddr)) throw EINVAL
  }

  flush(): void {
    if (this.pending) this.flushIn(undefined)
    const failure = this.failure
    this.failure = undefined
    if (failure !== undefined) throw failure
  }

  /** Carries out the queue before a thread runs or a file goes. A failure waits for the next flush. */
  settle(thread: HostThread | undefined): void {
    try {
      this.flushIn(thread)
    } catch (error) {
      // The stub has died: an event says so.
      if (!(error instanceof Errno)) throw error
    }
  }

  /** Runs the queue in `thread`, or in any thread that is stopped, or in one that is stopped for it. */
  flushIn(thread: HostThread | undefined): void {
    if (this.released || this.dead) {
      this.queue.clear()
      return
    }
    this.tracing.borrow(this, thread, worker => {
      const failure = this.tracing.tracer.run(worker.tid, this.queue)
      this.failure ??= failure
    })
  }

  /** A thread that can run a batch now: an idle one, the one given, any stopped one. */
  worker(preferred: HostThread | undefined): HostThread | undefined {
    const idle = this.idle.at(-1)
    if (idle !== undefined) return idle
    if (preferred?.state === 'stopped') return preferred
    return this.threads.find(thread => thread.state === 'stopped')
  }

  read(addr: Addr, target: Uint8Array): number {
    const length = target.length
    if (length > BOUNCE) return this.copyInBytes(addr, target)
    // Small arrays often live but once: finding their address would cost more than the copy.
    const done = this.copyIn(addr, scratch.address, length)
    const bytes = scratch.bytes
    for (let i = 0; i < done; i++) target[i] = bytes[i]!
    return done
  }

  write(addr: Addr, source: Uint8Array): number {
    const length = source.length
    if (length > BOUNCE) return this.copyOutBytes(addr, source)
    const bytes = scratch.bytes
    for (let i = 0; i < length; i++) bytes[i] = source[i]!
    return this.copyOut(addr, scratch.address, length)
  }

  /** read, for arrays of some size. */
  copyInBytes(addr: number, target: Uint8Array): number {
    const local = addressOf(target)
    if (target.length < LARGE || !this.windows.any) return this.copyIn(addr, local, target.length)
    return this.windows.copyIn(addr, target, (at, from, n) => this.copyIn(at, local + from, n))
  }

  /** write, for arrays of some size. */
  copyOutBytes(addr: number, source: Uint8Array): number {
    const local = addressOf(source)
    if (source.length < LARGE || !this.windows.any) return this.copyOut(addr, local, source.length)
    return this.windows.copyOut(addr, source, (at, from, n) => this.copyOut(at, local + from, n))
  }

  expectTransfers(addr: Addr, length: number): void {
    this.windows.expect(addr, length)
  }

  /** Its only thread is stopped: nobody sees how its memory changes place. */
  get isLone(): boolean {
    return this.threads.length === 1 && this.threads[0]!.state === 'stopped'
  }

  /** Runs other calls than the queued ones, which come first. Throws EAGAIN when the stub died. */
  runNow(batch: Batch): Errno | undefined {
    if (this.pending) this.flushIn(undefined)
    if (this.released || this.dead) return EAGAIN
    let failure: Errno | undefined
    this.tracing.borrow(this, undefined, worker => {
      failure = this.tracing.tracer.run(worker.tid, batch)
    })
    return failure
  }

  /** read to an address of this process. */
  copyIn(addr: number, local: number, length: number): number {
    if (this.pending) this.flushIn(undefined)
    const limit = addr < this.maxAddr ? this.within(addr, length) : this.inVdso(addr, length)
    let done = 0
    while (done < limit) {
      const got = processRead(this.tgid, addr + done, (local + done) as never, limit - done)
      if (got <= 0) break
      done += got
    }
    return done
  }

  /** write from an address of this process. */
  copyOut(addr: number, local: number, length: number): number {
    if (this.pending) this.flushIn(undefined)
    const limit = this.within(addr, length)
    let done = 0
    while (done < limit) {
      const put = processWrite(this.tgid, addr + done, (local + done) as never, limit - done)
      if (put <= 0) break
      done += put
    }
    return done
  }

  /** How much of a range lies below the stub's own pages. */
  private within(addr: number, length: number): number {
    if (this.released || this.dead || !(addr >= 0 && addr < this.maxAddr)) return 0
    return Math.min(length, this.maxAddr - addr)
  }

  /** How much of a range lies in the vDSO, whose texts guests hand to system calls (ldd does). */
  private inVdso(addr: number, length: number): number {
    const { vdso } = this
    if (this.released || this.dead || vdso === undefined) return 0
    return addr >= vdso.base && addr < vdso.end ? Math.min(length, vdso.end - addr) : 0
  }

  compareExchange32(addr: Addr, expected: number, value: number): number | undefined {
    if (this.within(addr, 4) < 4 || addr % 4 !== 0) return undefined
    if (this.pending) this.flushIn(undefined)
    if (this.tracing.running === 0) return this.exchangeAlone(addr, expected, value)
    let found: number | undefined
    this.tracing.borrow(this, undefined, worker => {
      found = this.tracing.tracer.exchange(worker.tid, addr, expected, value)
    })
    return found
  }

  /** Nobody runs, so nobody can come between. */
  private exchangeAlone(addr: Addr, expected: number, value: number): number | undefined {
    if (this.copyIn(addr, scratch.address, 4) < 4) return undefined
    const found = scratchView.getUint32(0, true)
    if (found === expected >>> 0) scratchView.setUint32(0, value, true)
    // Written back even if unequal: cmpxchg faults on a page that is not writable, too.
    return this.copyOut(addr, scratch.address, 4) < 4 ? undefined : found
  }

  canBarrier(kind: BarrierKind): boolean {
    return this.barriers.prepare(kind)
  }

  barrier(kind: BarrierKind): void {
    this.barriers.pass(kind)
  }

  residentBytes(): number {
    if (this.released || this.dead) return 0
    return residentBytes(this.tgid)
  }

  anonymousBytes(counting: 'whole' | 'share'): number {
    if (this.released || this.dead) return 0
    const share = counting === 'share' ? anonymousShare(this.tgid) : undefined
    return (share ?? anonymousBytes(this.tgid)) + this.windows.bytes
  }

  /** An equal part of what the host counts for all threads, without that of threads which are gone. */
  cpuTimeNs(_thread: HostThread): number {
    return (processCpuNs(this.tgid) - this.pastCpuNs) / Math.max(1, this.threads.length)
  }

  fork(caller: Thread): { space: AddressSpace; thread: Thread } {
    const parent = caller as HostThread
    if (this.windows.any) this.windows.restore(0, this.maxAddr)
    if (this.pending) this.flushIn(parent)
    const tid = this.clone(parent, CLONE_PROCESS)
    const space = new Space(this.tracing, tid)
    const thread = space.adopt(tid, parent)
    thread.roams = parent.roams
    return { space, thread }
  }

  newThread(like: Thread | undefined): Thread {
    const model = like as HostThread | undefined
    if (this.windows.any) this.windows.restore(0, this.maxAddr)
    const spare = this.idle.pop()
    if (spare !== undefined) {
      spare.state = 'stopped'
      this.threads.push(spare)
      if (model === undefined) {
        spare.registers.words.fill(0)
        spare.resetFpu()
        initialSegments(spare)
      } else {
        spare.registers.copyFrom(model.registers)
        copyXstate(model.tid, spare.tid)
      }
      spare.registers.dirty = 'all'
      return spare
    }
    let tid = 0
    let roams = false
    this.tracing.borrow(this, model, worker => {
      tid = this.clone(worker, CLONE_THREAD)
      roams = worker.roams
    })
    const thread = this.adopt(tid, model)
    thread.roams = roams
    if (model === undefined) thread.resetFpu()
    return thread
  }

  /** Clones in a stopped thread; the child's id. It is stopped, its registers are the stub's. */
  private clone(worker: HostThread, flags: number): number {
    const { tracer } = this.tracing
    const batch = new Batch()
    batch.push(NR.clone, flags, 0, 0, 0, 0, 0)
    const failure = tracer.run(worker.tid, batch)
    worker.registers.dirty = 'all'
    if (failure !== undefined) throw failure
    const tid = tracer.lastResult
    tracer.waitFor(tid)
    return tid
  }

  /** Makes a stopped host thread one of this space's. */
  adopt(tid: number, like: HostThread | undefined): HostThread {
    const thread = new HostThread(this, tid)
    if (like === undefined) initialSegments(thread)
    else thread.registers.copyFrom(like.registers)
    thread.registers.dirty = 'all'
    this.threads.push(thread)
    this.tracing.threads.set(tid, thread)
    return thread
  }

  clear(keep: Thread): void {
    this.queue.clear()
    this.windows.clear()
    this.failure = undefined
    this.queue.push(NR.munmap, 0, this.maxAddr, 0, 0, 0, 0)
    const kept = keep as HostThread
    for (const thread of [...this.threads]) if (thread !== kept) this.retire(thread)
  }

  /** Takes a stopped thread out of the guest: kept idle, or ended. */
  retire(thread: HostThread): void {
    const index = this.threads.indexOf(thread)
    if (index < 0) return
    this.pastCpuNs += this.cpuTimeNs(thread)
    this.threads.splice(index, 1)
    thread.owner = undefined
    if (thread.state === 'running') this.tracing.running--
    if (thread.state !== 'stopped') return
    thread.state = 'idle'
    // The first thread cannot end before the others, and an idle one costs nothing.
    if (thread.tid === this.tgid || this.idle.length < IDLE_THREADS) this.idle.push(thread)
    else this.tracing.end(thread)
  }

  release(): void {
    if (this.released) return
    this.released = true
    this.queue.clear()
    this.windows.clear()
    for (const thread of [...this.threads, ...this.idle]) this.tracing.forget(thread)
    this.threads.length = 0
    this.idle.length = 0
    this.tracing.spaces.delete(this)
    // Its end is reaped in the wait loop. Once it is reaped the number may be somebody else's.
    if (!this.dead) kill(this.tgid, 9)
  }

  /** A thread of it died from outside, and with it, now or very soon, the process. */
  lost(thread: HostThread): void {
    this.dead = true
    const index = this.threads.indexOf(thread)
    if (index >= 0) this.threads.splice(index, 1)
    const spare = this.idle.indexOf(thread)
    if (spare >= 0) this.idle.splice(spare, 1)
  }
}

const initialSegments = (thread: HostThread): void => {
  const words = thread.registers.words
  words[17 * 2] = 0x33
  words[18 * 2] = 0x202
  words[20 * 2] = 0x2b
}
