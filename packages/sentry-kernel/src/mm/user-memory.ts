// Copying between the kernel and guest memory: once in, checked, then used. (mm)

import { type Addr, E2BIG, EFAULT, EINVAL, ENAMETOOLONG, type Struct } from '@tsvisor/abi'
import { type AddressSpace, PAGE_SIZE } from '../platform/platform.ts'
import { type IoVec, UserIo } from './io.ts'

/** PATH_MAX: longest path with its NUL, bytes. */
export const PATH_MAX = 4096
/** UIO_MAXIOV */
export const IOV_MAX = 1024
/** MAX_RW_COUNT: what one read or write transfers at most, bytes. */
export const MAX_RW_COUNT = 0x7fff_f000
/** MAX_ARG_STRLEN: longest argument or environment string with its NUL, bytes. */
export const MAX_ARG_STRLEN = 32 * PAGE_SIZE

/** End of user space on amd64 (TASK_SIZE_MAX). */
export const USER_END = 0x7fff_ffff_f000

/** Copies from this size on are announced to the platform, bytes. */
export const LARGE_TRANSFER = 128 * 1024

const TWO_32 = 0x1_0000_0000

// One kernel, one thread, and no copy calls another: one scratch page serves every space.
const scratch = new Uint8Array(PAGE_SIZE)
const view = new DataView(scratch.buffer)
const prefixes: (Uint8Array | undefined)[] = []
/** The first `length` bytes of the scratch page, without making a new array each time. */
const prefix = (length: number): Uint8Array => (prefixes[length] ??= scratch.subarray(0, length))
const four = prefix(4)
const eight = prefix(8)

/**
 * Bytes from `addr` that are in user space: `length`, fewer, or 0. What the platform keeps for itself
 * in user space is its own to guard.
 */
const allowed = (addr: number, length: number): number =>
  addr + length <= USER_END ? length : addr < USER_END ? USER_END - addr : 0

/** A window on guest memory while a vector of strings is read. */
const window = new Uint8Array(PAGE_SIZE)

/** Typed copies over an address space. All throw EFAULT where the guest's memory does not allow them. */
export class UserMemory {
  space: AddressSpace

  constructor(space: AddressSpace) {
    this.space = space
  }

  /** Makes `addr` accessible if a mapping may still grow over it. Overridden by MemoryManager. */
  handleFault(_addr: Addr): boolean {
    return false
  }

  /** A large copy from or to guest memory is next. Overridden by MemoryManager. */
  protected expectTransfer(_addr: Addr, _length: number): void {}

  /** Copies guest memory in; returns the bytes copied before the first fault. */
  copyIn(addr: Addr, target: Uint8Array): number {
    const length = allowed(addr, target.length)
    if (length === 0) return 0
    if (length >= LARGE_TRANSFER) this.expectTransfer(addr, length)
    const into = length === target.length ? target : target.subarray(0, length)
    const got = this.space.read(addr, into)
    if (got === length || !this.handleFault((addr + got) as Addr)) return got
    return got + this.space.read((addr + got) as Addr, into.subarray(got))
  }
  /** Copies out, honouring page protection; returns the bytes copied before the first fault. */
  copyOut(addr: Addr, source: Uint8Array): number {
    const length = allowed(addr, source.length)
    if (length === 0) return 0
    if (length >= LARGE_TRANSFER) this.expectTransfer(addr, length)
    const from = length === source.length ? source : source.subarray(0, length)
    const got = this.space.write(addr, from)
    if (got === length || !this.handleFault((addr + got) as Addr)) return got
    return got + this.space.write((addr + got) as Addr, from.subarray(got))
  }
  /** Runs a copy that a memory file does itself, with the same checks; returns bytes copied. */
  copyThrough(
    addr: Addr,
    length: number,
    copy: (space: AddressSpace, addr: Addr, at: number, length: number) => number,
  ): number {
    const most = allowed(addr, length)
    if (most === 0) return 0
    if (most >= LARGE_TRANSFER) this.expectTransfer(addr, most)
    const got = copy(this.space, addr, 0, most)
    if (got === most || !this.handleFault((addr + got) as Addr)) return got
    return got + copy(this.space, (addr + got) as Addr, got, most - got)
  }

  /** Fills `target` completely. */
  read(addr: Addr, target: Uint8Array): void {
    if (target.length > 0 && this.copyIn(addr, target) !== target.length) throw EFAULT
  }
  /** Stores `source` completely. */
  write(addr: Addr, source: Uint8Array): void {
    if (source.length > 0 && this.copyOut(addr, source) !== source.length) throw EFAULT
  }
  readBytes(addr: Addr, length: number): Uint8Array {
    const data = new Uint8Array(length)
    this.read(addr, data)
    return data
  }

  readStruct<T>(struct: Struct<T>, addr: Addr): T {
    if (struct.size > PAGE_SIZE) return struct.decode(this.readBytes(addr, struct.size))
    this.read(addr, prefix(struct.size))
    return struct.read(view, 0)
  }
  writeStruct<T>(struct: Struct<T>, addr: Addr, value: T): void {
    if (struct.size > PAGE_SIZE) {
      this.write(addr, struct.encode(value))
      return
    }
    const data = prefix(struct.size)
    data.fill(0)
    struct.write(view, 0, value)
    this.write(addr, data)
  }

  readU32(addr: Addr): number {
    this.read(addr, four)
    return view.getUint32(0, true)
  }
  readI32(addr: Addr): number {
    return this.readU32(addr) | 0
  }
  writeU32(addr: Addr, value: number): void {
    view.setUint32(0, value, true)
    this.write(addr, four)
  }
  readU64(addr: Addr): number {
    this.read(addr, eight)
    return view.getUint32(4, true) * TWO_32 + view.getUint32(0, true)
  }
  readU64Big(addr: Addr): bigint {
    this.read(addr, eight)
    return view.getBigUint64(0, true)
  }
  writeU64(addr: Addr, value: number | bigint): void {
    if (typeof value === 'bigint') view.setBigUint64(0, BigInt.asUintN(64, value), true)
    else {
      view.setUint32(0, value, true)
      view.setUint32(4, Math.floor(value / TWO_32), true)
    }
    this.write(addr, eight)
  }
  /**
   * Atomically replaces a 32-bit word if it holds `expected`; returns the word found.
   * Errors: EFAULT.
   */
  compareExchange32(addr: Addr, expected: number, value: number): number {
    if (allowed(addr, 4) !== 4) throw EFAULT
    const found = this.space.compareExchange32(addr, expected, value)
    if (found !== undefined) return found >>> 0
    if (!this.handleFault(addr)) throw EFAULT
    const again = this.space.compareExchange32(addr, expected, value)
    if (again === undefined) throw EFAULT
    return again >>> 0
  }

  /**
   * Reads up to a NUL as a byte string. Errors: EFAULT; `tooLong` when no NUL comes within `max`
   * bytes (NUL included).
   */
  readString(addr: Addr, max: number, tooLong = ENAMETOOLONG): string {
    let text = ''
    let at: number = addr
    let left = max
    while (left > 0) {
      // Never past the page: the next one may be unmapped.
      const want = Math.min(left, PAGE_SIZE - (at % PAGE_SIZE), text === '' ? 256 : PAGE_SIZE)
      const got = this.copyIn(at as Addr, prefix(want))
      let end = 0
      while (end < got && scratch[end] !== 0) end++
      if (end < got)
        return text === '' ? byteText(scratch, 0, end) : text + byteText(scratch, 0, end)
      if (got < want) throw EFAULT
      text += byteText(scratch, 0, want)
      at += want
      left -= want
    }
    throw tooLong
  }
  /** A path: at most PATH_MAX bytes. Errors: EFAULT, ENAMETOOLONG. */
  readPath(addr: Addr): string {
    return this.readString(addr, PATH_MAX)
  }
  /**
   * A NULL-terminated vector of strings (argv, envp); NULL is an empty one. Pointers and strings
   * mostly lie side by side, so they are read a page at a time.
   * Errors: EFAULT; E2BIG for a string over MAX_ARG_STRLEN, or `maxBytes` in all (strings with
   * their NULs, and eight for each pointer).
   */
  readStrings(addr: Addr, maxBytes: number): string[] {
    const strings: string[] = []
    if (addr === 0) return strings
    const text = new PageReader(this, window)
    let left = maxBytes
    let at: number = addr
    for (;;) {
      const want = Math.min(512, PAGE_SIZE - (at % PAGE_SIZE)) & ~7 || 8
      const got = this.copyIn(at as Addr, prefix(want))
      if (got < 8) throw EFAULT
      const pointers: number[] = []
      let end = false
      for (let i = 0; i + 8 <= got && !end; i += 8) {
        const pointer = view.getUint32(i + 4, true) * TWO_32 + view.getUint32(i, true)
        if (pointer === 0) end = true
        else pointers.push(pointer)
      }
      for (const pointer of pointers) {
        const string = text.string(pointer, Math.min(left, MAX_ARG_STRLEN))
        left -= string.length + 1 + 8
        if (left <= 0) throw E2BIG
        strings.push(string)
      }
      if (end) return strings
      at += got & ~7
    }
  }

  /** One buffer as a target or source of bytes. Length is clamped to MAX_RW_COUNT. Errors: EFAULT outside user space. */
  io(addr: Addr, length: number): UserIo {
    const clamped = Math.min(length, MAX_RW_COUNT)
    if (addr + clamped > USER_END) throw EFAULT
    return new UserIo(this, [{ addr, length: clamped }])
  }
  /** An iovec array. Errors: EINVAL (count, a length that is negative), EFAULT. */
  ioVector(addr: Addr, count: number): UserIo {
    return new UserIo(this, this.readIoVec(addr, count))
  }
  readIoVec(addr: Addr, count: number): IoVec[] {
    if (count < 0 || count > IOV_MAX) throw EINVAL
    if (count === 0) return []
    const bytes = count * 16
    const data = bytes <= PAGE_SIZE ? prefix(bytes) : new Uint8Array(bytes)
    this.read(addr, data)
    const table = data.buffer === scratch.buffer ? view : new DataView(data.buffer)
    const vectors: IoVec[] = []
    let room = MAX_RW_COUNT
    for (let i = 0; i < bytes; i += 16) {
      const high = table.getInt32(i + 12, true)
      if (high < 0) throw EINVAL
      const base = table.getUint32(i + 4, true) * TWO_32 + table.getUint32(i, true)
      const wanted = high * TWO_32 + table.getUint32(i + 8, true)
      if (base + wanted > USER_END && wanted > 0) throw EFAULT
      const length = Math.min(wanted, room)
      room -= length
      if (length > 0) vectors.push({ addr: base as Addr, length })
    }
    return vectors
  }
}

/** Reads strings through one page of buffered guest memory. */
class PageReader {
  readonly #memory: UserMemory
  readonly #page: Uint8Array
  #start = -1
  #length = 0

  constructor(memory: UserMemory, page: Uint8Array) {
    this.#memory = memory
    this.#page = page
  }

  /** The string at `address`. Errors: EFAULT; E2BIG when no NUL comes within `max` bytes. */
  string(address: number, max: number): string {
    let text = ''
    let at = address
    let left = max
    while (left > 0) {
      if (this.#start < 0 || at < this.#start || at >= this.#start + this.#length) this.#load(at)
      const from = at - this.#start
      const limit = Math.min(this.#length, from + left)
      let end = from
      while (end < limit && this.#page[end] !== 0) end++
      const piece = byteText(this.#page, from, end)
      if (end < limit) return text === '' ? piece : text + piece
      text += piece
      left -= end - from
      at += end - from
    }
    throw E2BIG
  }

  #load(address: number): void {
    const start = address - (address % PAGE_SIZE)
    this.#start = start
    this.#length = this.#memory.copyIn(start as Addr, this.#page)
    if (address >= start + this.#length) {
      this.#start = -1
      throw EFAULT
    }
  }
}

/** data[from, to) as a byte string. */
function byteText(data: Uint8Array, from: number, to: number): string {
  if (to - from <= 24) {
    let text = ''
    for (let i = from; i < to; i++) text += String.fromCharCode(data[i]!)
    return text
  }
  let text = ''
  for (let i = from; i < to; i += 4096) {
    text += String.fromCharCode.apply(
      null,
      data.subarray(i, Math.min(to, i + 4096)) as unknown as number[],
    )
  }
  return text
}

/** Bytes as a byte string: one character (0…255) per byte. */
export const byteString = (data: Uint8Array): string => byteText(data, 0, data.length)

/** A byte string as bytes. */
export function bytesOf(text: string): Uint8Array {
  const data = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i)
  return data
}
