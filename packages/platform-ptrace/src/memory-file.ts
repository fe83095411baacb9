// Shared pages: plain bytes while small and unmapped, a memfd mapped here beyond that. (platform-ptrace)

import type { Addr } from '@tsvisor/abi'
import { EINVAL } from '@tsvisor/abi'
import {
  close,
  fallocate,
  fstat,
  ftruncate,
  mapShared,
  memfdCreate,
  pread,
  pwrite,
  type Region,
  unmapRegion,
} from '@tsvisor/host'
import type { AddressSpace, MemoryFile } from '@tsvisor/sentry-kernel'
import { HostMappable } from './mappable.ts'
import type { Space } from './space.ts'
import type { Tracing } from './tracing.ts'

/** Up to this size a file that nobody maps is an array of this process. */
const SMALL = 65536
const PAGE = 4096
const FALLOC_PUNCH_KEEP = 3
const WINDOW_MIN = 1 << 20
/** Bytes beyond this are reached through the descriptor: an array cannot be longer than 4 GiB. */
const WINDOW_MAX = 2 ** 30
/** Bytes that pass through this process at a time, beyond the window. */
const CHUNK = 1 << 18

const NOTHING = new Uint8Array(0)

export class HostMemoryFile extends HostMappable implements MemoryFile {
  readonly label: string
  size = 0
  private readonly tracing: Tracing
  /** All bytes while small; the mapped window otherwise. At least `size` long, up to WINDOW_MAX. */
  private bytes: Uint8Array = NOTHING
  private fd = -1
  private window: Region | undefined

  constructor(tracing: Tracing, label: string) {
    super()
    this.tracing = tracing
    this.label = label
  }

  resize(size: number): void {
    if (!(size >= 0)) throw EINVAL
    if (this.fd < 0 && size > SMALL) this.materialize()
    if (this.fd >= 0) {
      ftruncate(this.fd, size)
      this.size = size
      this.cover(size)
      return
    }
    if (size < this.size) this.bytes.fill(0, size, this.size)
    else if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.min(SMALL, Math.max(256, size, this.bytes.length * 2)))
      larger.set(this.bytes)
      this.bytes = larger
    }
    this.size = size
  }

  read(target: Uint8Array, offset: number): number {
    const length = Math.min(target.length, this.size - offset)
    if (length <= 0) return 0
    if (offset + length > this.bytes.length)
      return pread(this.fd, target.subarray(0, length), offset)
    target.set(this.bytes.subarray(offset, offset + length))
    return length
  }

  write(source: Uint8Array, offset: number): void {
    if (offset + source.length > this.size) throw EINVAL
    if (offset + source.length <= this.bytes.length) this.bytes.set(source, offset)
    else
      for (let at = 0; at < source.length; ) at += pwrite(this.fd, source.subarray(at), offset + at)
  }

  copyTo(space: AddressSpace, addr: Addr, offset: number, length: number): number {
    const count = Math.min(length, this.size - offset)
    if (count <= 0) return 0
    if (offset + count > this.bytes.length) return this.farTo(space as Space, addr, offset, count)
    return (space as Space).copyOutBytes(addr, this.bytes.subarray(offset, offset + count))
  }

  copyFrom(space: AddressSpace, addr: Addr, offset: number, length: number): number {
    if (offset + length > this.size) throw EINVAL
    if (length <= 0) return 0
    if (offset + length > this.bytes.length)
      return this.farFrom(space as Space, addr, offset, length)
    return (space as Space).copyInBytes(addr, this.bytes.subarray(offset, offset + length))
  }

  /** copyTo beyond the window. */
  private farTo(space: Space, addr: Addr, offset: number, length: number): number {
    const chunk = new Uint8Array(Math.min(CHUNK, length))
    let done = 0
    while (done < length) {
      const got = this.read(chunk.subarray(0, Math.min(CHUNK, length - done)), offset + done)
      const stored = space.copyOutBytes((addr + done) as Addr, chunk.subarray(0, got))
      done += stored
      if (stored < got || got === 0) break
    }
    return done
  }

  /** copyFrom beyond the window. */
  private farFrom(space: Space, addr: Addr, offset: number, length: number): number {
    const chunk = new Uint8Array(Math.min(CHUNK, length))
    let done = 0
    while (done < length) {
      const wanted = chunk.subarray(0, Math.min(CHUNK, length - done))
      const got = space.copyInBytes((addr + done) as Addr, wanted)
      this.write(chunk.subarray(0, got), offset + done)
      done += got
      if (got < wanted.length) break
    }
    return done
  }

  punch(offset: number, length: number): void {
    const end = Math.min(this.size, offset + length)
    if (end <= offset) return
    if (this.fd >= 0) fallocate(this.fd, FALLOC_PUNCH_KEEP, offset, end - offset)
    else this.bytes.fill(0, offset, end)
  }

  allocated(): number {
    if (this.fd >= 0) return fstat(this.fd).blocks * 512
    return Math.ceil(this.size / PAGE) * PAGE
  }

  mapFd(): number {
    if (this.fd < 0) this.materialize()
    return this.fd
  }

  release(): void {
    if (this.fd >= 0) {
      this.tracing.settleFiles()
      if (this.window !== undefined) unmapRegion(this.window)
      close(this.fd)
    }
    this.window = undefined
    this.fd = -1
    this.bytes = NOTHING
    this.size = 0
  }

  /** Moves the bytes to a memfd. */
  private materialize(): void {
    const fd = memfdCreate('tsvisor')
    ftruncate(fd, this.size)
    const small = this.bytes.subarray(0, this.size)
    this.fd = fd
    this.cover(Math.max(1, this.size))
    this.bytes.set(small)
  }

  /** Makes the window reach `size`. Beyond the end of the file it is never touched. */
  private cover(size: number): void {
    const { window: old } = this
    if (old !== undefined && (size <= old.length || old.length >= WINDOW_MAX)) return
    let length = WINDOW_MIN
    while (length < size && length < WINDOW_MAX) length *= 2
    const window = mapShared(this.fd, 0, length)
    if (this.window !== undefined) unmapRegion(this.window)
    this.window = window
    this.bytes = window.bytes
  }
}
