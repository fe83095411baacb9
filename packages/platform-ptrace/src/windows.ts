// Guest buffers of large transfers that this process maps as well: such a copy looks up no page. (platform-ptrace)

import { Errno } from '@tsvisor/abi'
import {
  Batch,
  close,
  ftruncate,
  mapShared,
  memfdCreate,
  NR,
  type Region,
  unmapRegion,
} from '@tsvisor/host'
import type { Space } from './space.ts'
import { StubDied } from './tracer.ts'

/** From this size on a copy is worth a window, bytes. */
export const LARGE = 128 * 1024
/** Transfers in a row to one buffer before it gets a window, which costs about three of them. */
const REPEATS = 4
const MOST_REPEATS = 4096
const MOST_WINDOWS = 4
const MOST_BYTES = 64 << 20

const PROT_READ_WRITE = 3
const MAP_SHARED_FIXED_POPULATE = 0x8011
const MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE = 0x4032

interface Window {
  readonly start: number
  readonly end: number
  readonly region: Region
}

/**
 * The windows of one space: ranges of private anonymous memory, readable and writable, whose pages
 * are shared with this process. They exist while the space has one thread, and turn back into
 * plain private memory before anything happens to the range, or to the space (fork, threads).
 */
export class Windows {
  private readonly space: Space
  private readonly list: Window[] = []
  private start = 0
  private length = 0
  private count = 0
  private repeats = REPEATS

  constructor(space: Space) {
    this.space = space
  }

  /** See AddressSpace.expectTransfers. */
  expect(start: number, length: number): void {
    if (length < LARGE || length > MOST_BYTES) return
    if (start !== this.start || length !== this.length) {
      this.start = start
      this.length = length
      this.count = 0
    }
    if (++this.count < this.repeats || this.overlapping(start, start + length)) return
    this.count = 0
    if (this.space.isLone) this.open(start, length)
  }

  private overlapping(start: number, end: number): Window | undefined {
    for (const window of this.list) if (window.start < end && window.end > start) return window
    return undefined
  }

  /** Copies to the guest what lies in windows, the rest by `plain`; bytes copied before a fault. */
  copyOut(
    addr: number,
    source: Uint8Array,
    plain: (addr: number, from: number, length: number) => number,
  ): number {
    return this.walk(addr, source.length, plain, (bytes, at, from, length) => {
      bytes.set(source.subarray(from, from + length), at)
    })
  }

  /** Copies from the guest, likewise. */
  copyIn(
    addr: number,
    target: Uint8Array,
    plain: (addr: number, from: number, length: number) => number,
  ): number {
    return this.walk(addr, target.length, plain, (bytes, at, from, length) => {
      target.set(bytes.subarray(at, at + length), from)
    })
  }

  private walk(
    addr: number,
    length: number,
    plain: (addr: number, from: number, length: number) => number,
    direct: (bytes: Uint8Array, at: number, from: number, length: number) => void,
  ): number {
    let done = 0
    while (done < length) {
      const at = addr + done
      let next = addr + length
      let inside: Window | undefined
      for (const window of this.list) {
        if (window.start <= at && at < window.end) inside = window
        else if (window.start > at && window.start < next) next = window.start
      }
      if (inside !== undefined) {
        const count = Math.min(inside.end - at, length - done)
        direct(inside.region.bytes, at - inside.start, done, count)
        done += count
        continue
      }
      const copied = plain(at, done, next - at)
      done += copied
      if (copied < next - at) break
    }
    return done
  }

  /** What the guest takes for private memory. */
  get bytes(): number {
    return this.list.reduce((bytes, { region }) => bytes + region.length, 0)
  }

  get any(): boolean {
    return this.list.length > 0
  }

  /** [start, end) is about to be mapped over or unmapped: what lies in it is lost. */
  discard(start: number, end: number): void {
    for (let window = this.overlapping(start, end); window; window = this.overlapping(start, end)) {
      if (start <= window.start && window.end <= end) this.forget(window)
      else this.close(window)
    }
  }

  /** Makes [start, end) plain private memory again. Throws ENOMEM. */
  restore(start: number, end: number): void {
    for (let window = this.overlapping(start, end); window; window = this.overlapping(start, end)) {
      this.close(window)
    }
  }

  /** Lets go of everything: the guest's memory is gone or replaced. */
  clear(): void {
    for (const window of [...this.list]) this.forget(window)
  }

  private open(start: number, length: number): void {
    const { space } = this
    let bytes = length
    for (const window of this.list) bytes += window.region.length
    const oldest = this.list[0]
    if (oldest !== undefined && (this.list.length >= MOST_WINDOWS || bytes > MOST_BYTES)) {
      this.close(oldest)
    }
    let fd: number
    try {
      fd = memfdCreate('tsvisor-window')
    } catch {
      return // Descriptors are short: it goes on without.
    }
    let region: Region | undefined
    try {
      ftruncate(fd, length)
      region = mapShared(fd, 0, length)
      if (space.copyIn(start, region.address, length) < length) return
      const flags = MAP_SHARED_FIXED_POPULATE
      if (this.remap(start, length, flags, fd) !== undefined) return
      this.list.push({ start, end: start + length, region })
      region = undefined
    } catch (error) {
      if (!(error instanceof Errno || error instanceof StubDied)) throw error
    } finally {
      if (region !== undefined) unmapRegion(region)
      close(fd)
    }
  }

  /** The guest keeps the bytes, on pages of its own. */
  private close(window: Window): void {
    const { start, region } = window
    const flags = MAP_PRIVATE_FIXED_ANONYMOUS_NORESERVE
    const failure = this.remap(start, region.length, flags, -1)
    if (failure !== undefined) throw failure
    this.list.splice(this.list.indexOf(window), 1)
    this.space.copyOut(start, region.address, region.length)
    unmapRegion(region)
    this.repeats = Math.min(MOST_REPEATS, this.repeats * 2)
  }

  private forget(window: Window): void {
    this.list.splice(this.list.indexOf(window), 1)
    unmapRegion(window.region)
  }

  private remap(start: number, length: number, flags: number, fd: number): Errno | undefined {
    const batch = new Batch()
    batch.push(NR.mmap, start, length, PROT_READ_WRITE, flags, fd, 0)
    return this.space.runNow(batch)
  }
}
