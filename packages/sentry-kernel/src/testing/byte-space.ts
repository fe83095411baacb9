// An address space over plain byte arrays. (testing)

import { type Addr, addr } from '@tsvisor/abi'
import type { HostFile } from '../platform/host.ts'
import {
  type AddressSpace,
  type MapSource,
  type MemoryFile,
  PAGE_SIZE,
  type Prot,
  type Thread,
} from '../platform/platform.ts'
import { GuestThread } from './guest-thread.ts'
import type { InProcessPlatform } from './in-process.ts'
import { RUNTIME_END, RUNTIME_START, SLOT_SIZE } from './layout.ts'

const PROT_READ = 1
const PROT_WRITE = 2
const MADV_DONTNEED = 4

interface Region {
  readonly start: number
  readonly end: number
  readonly prot: Prot
  readonly source: MapSource
}

const ANONYMOUS: MapSource = { kind: 'anonymous' }
const RUNTIME: Region = {
  start: RUNTIME_START,
  end: RUNTIME_END,
  prot: PROT_READ | PROT_WRITE,
  source: ANONYMOUS,
}

/** Why an access faulted. `unmapped` and `protection` are SIGSEGV, `bus` is SIGBUS. */
export type FaultKind = 'unmapped' | 'protection' | 'bus'

export class ByteSpace implements AddressSpace {
  readonly minAddr = addr(0x10000)
  readonly maxAddr = addr(0x7d00_0000_0000)
  readonly vdso = undefined
  readonly platform: InProcessPlatform
  /** Sorted, without overlap. */
  #regions: Region[] = [RUNTIME]
  /** Private pages by page number. */
  #pages = new Map<number, Uint8Array>()
  #slots = 0
  readonly threads = new Set<GuestThread>()

  constructor(platform: InProcessPlatform) {
    this.platform = platform
  }

  map(at: Addr, length: number, prot: Prot, source: MapSource): void {
    this.unmap(at, length)
    this.#insert({ start: at, end: at + length, prot, source })
  }
  unmap(at: Addr, length: number): void {
    this.#cut(at, at + length)
    this.#dropPages(at, at + length)
  }
  protect(at: Addr, length: number, prot: Prot): void {
    for (const region of this.#cut(at, at + length)) this.#insert({ ...region, prot })
  }
  remap(from: Addr, oldLength: number, to: Addr, newLength: number): void {
    const regions = this.#cut(from, from + oldLength)
    const pages: [number, Uint8Array][] = []
    const keep = Math.min(oldLength, newLength)
    for (let at = 0; at < keep; at += PAGE_SIZE) {
      const page = this.#pages.get((from + at) / PAGE_SIZE)
      if (page) pages.push([(to + at) / PAGE_SIZE, page])
    }
    this.#dropPages(from, from + oldLength)
    this.unmap(to, newLength)
    const last = regions[regions.length - 1]
    for (const region of regions) {
      const start = region.start - from + to
      const end =
        region === last ? to + newLength : Math.min(region.end - from + to, to + newLength)
      if (start < end) this.#insert({ ...region, start, end })
    }
    for (const [number, page] of pages) this.#pages.set(number, page)
  }
  advise(at: Addr, length: number, advice: number): void {
    if (advice === MADV_DONTNEED) this.#dropPages(at, at + length)
  }
  flush(): void {}

  read(at: Addr, target: Uint8Array): number {
    return this.#each(at, target.length, PROT_READ, (address, done, length, region) => {
      this.#load(region, address, target.subarray(done, done + length))
    })
  }
  write(at: Addr, source: Uint8Array): number {
    return this.#each(at, source.length, PROT_WRITE, (address, done, length, region) => {
      this.#store(region, address, source.subarray(done, done + length))
    })
  }
  canBarrier(): boolean {
    return true
  }
  /** One thread at a time runs, and what it did is done. */
  barrier(): void {}
  compareExchange32(at: Addr, expected: number, value: number): number | undefined {
    const word = new Uint8Array(4)
    const view = new DataView(word.buffer)
    if (this.read(at, word) !== 4) return undefined
    const found = view.getUint32(0, true)
    if (this.fault(at, 'write')) return undefined
    if (found === expected >>> 0) {
      view.setUint32(0, value, true)
      this.write(at, word)
    }
    return found
  }
  residentBytes(): number {
    return this.#pages.size * PAGE_SIZE
  }
  /** A fork copies them. */
  anonymousBytes(): number {
    return this.residentBytes()
  }
  /** What an access by guest code would raise; undefined if it goes through. */
  fault(at: number, access: 'read' | 'write'): FaultKind | undefined {
    const region = this.#find(at)
    if (!region) return 'unmapped'
    if ((region.prot & (access === 'write' ? PROT_WRITE : 7)) === 0) return 'protection'
    return this.#pastEnd(region, at) ? 'bus' : undefined
  }

  fork(caller: Thread): { space: AddressSpace; thread: Thread } {
    const from = caller as GuestThread
    const space = new ByteSpace(this.platform)
    space.#regions = this.#regions.slice()
    space.#slots = this.#slots
    for (const [number, page] of this.#pages) space.#pages.set(number, page.slice())
    return { space, thread: new GuestThread(space, from.slot, from) }
  }
  newThread(like: Thread | undefined): Thread {
    const from = like as GuestThread | undefined
    return new GuestThread(this, from?.takeChildSlot() ?? this.allocateSlot(), from)
  }
  clear(keep: Thread): void {
    this.#regions = [RUNTIME]
    this.#dropPages(0, RUNTIME_START)
    this.#dropPages(RUNTIME_END, this.maxAddr)
    const kept = keep as GuestThread
    kept.forgetFrames()
  }
  release(): void {
    for (const thread of [...this.threads]) thread.release()
    this.#pages.clear()
    this.#regions = []
  }
  /** Start of a fresh piece of runtime memory, SLOT_SIZE long: a thread's buffers, then its stack. */
  allocateSlot(): number {
    return RUNTIME_START + this.#slots++ * SLOT_SIZE
  }

  #find(at: number): Region | undefined {
    let low = 0
    let high = this.#regions.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#regions[middle]!.end <= at) low = middle + 1
      else high = middle
    }
    const region = this.#regions[low]
    return region && region.start <= at ? region : undefined
  }
  #insert(region: Region): void {
    const index = this.#regions.findIndex(other => other.start >= region.end)
    if (index < 0) this.#regions.push(region)
    else this.#regions.splice(index, 0, region)
  }
  /** Takes a range out of the regions and returns what was there. */
  #cut(start: number, end: number): Region[] {
    const inside: Region[] = []
    const rest: Region[] = []
    for (const region of this.#regions) {
      if (region.end <= start || region.start >= end) {
        rest.push(region)
        continue
      }
      if (region.start < start) rest.push({ ...region, end: start })
      const from = Math.max(region.start, start)
      const to = Math.min(region.end, end)
      inside.push({ ...region, start: from, end: to, source: shifted(region, from) })
      if (region.end > end) rest.push({ ...region, start: end, source: shifted(region, end) })
    }
    this.#regions = rest
    return inside
  }
  #dropPages(start: number, end: number): void {
    const first = start / PAGE_SIZE
    const last = end / PAGE_SIZE
    if (last - first < this.#pages.size) {
      for (let page = first; page < last; page++) this.#pages.delete(page)
    } else {
      for (const page of [...this.#pages.keys()])
        if (page >= first && page < last) this.#pages.delete(page)
    }
  }
  #each(
    at: number,
    total: number,
    need: Prot,
    copy: (address: number, done: number, length: number, region: Region) => void,
  ): number {
    let done = 0
    while (done < total) {
      const address = at + done
      const region = this.#find(address)
      const allowed = region && (need === PROT_READ ? region.prot !== 0 : region.prot & need)
      if (!region || !allowed || this.#pastEnd(region, address)) break
      const length = Math.min(total - done, PAGE_SIZE - (address % PAGE_SIZE))
      copy(address, done, length, region)
      done += length
    }
    return done
  }
  #pastEnd({ source, start }: Region, at: number): boolean {
    if (source.kind !== 'file' || this.#pages.has(Math.floor(at / PAGE_SIZE))) return false
    const file = source.file as MemoryFile | HostFile
    const size = typeof file.size === 'function' ? file.size() : file.size
    return source.offset + (at - (at % PAGE_SIZE) - start) >= size
  }
  #load({ source, start }: Region, at: number, target: Uint8Array): void {
    const page = this.#pages.get(Math.floor(at / PAGE_SIZE))
    if (page) {
      const from = at % PAGE_SIZE
      target.set(page.subarray(from, from + target.length))
      return
    }
    target.fill(0)
    if (source.kind === 'file')
      (source.file as MemoryFile).read(target, source.offset + (at - start))
  }
  #store(region: Region, at: number, data: Uint8Array): void {
    const { source, start } = region
    if (source.kind === 'file' && source.shared) {
      const file = source.file as MemoryFile
      const offset = source.offset + (at - start)
      file.write(data.subarray(0, Math.max(0, file.size - offset)), offset)
      return
    }
    const number = Math.floor(at / PAGE_SIZE)
    let page = this.#pages.get(number)
    if (!page) {
      page = new Uint8Array(PAGE_SIZE)
      this.#load(region, number * PAGE_SIZE, page)
      this.#pages.set(number, page)
    }
    page.set(data, at % PAGE_SIZE)
  }
}

function shifted({ source, start }: Region, to: number): MapSource {
  return source.kind === 'file' ? { ...source, offset: source.offset + (to - start) } : source
}
