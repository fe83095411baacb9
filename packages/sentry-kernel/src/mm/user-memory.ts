// Copying between the kernel and guest memory: once in, checked, then used. (mm)

import { type Addr, E2BIG, EFAULT, EINVAL, ENAMETOOLONG, type Struct } from '@tsvisor/abi'
import { type AddressSpace, PAGE_SIZE } from '../platform/platform.ts'
import { type IoVec, UserIo } from './io.ts'

/** PATH_MAX: longest path with its NUL, bytes. */
export const PATH_MAX = 4096
/** UIO_MAXIOV */
const IOV_MAX = 1024
/** MAX_RW_COUNT: what one read or write transfers at most, bytes. */
export const MAX_RW_COUNT = 0x7fff_f000

/** End of user space on amd64 (TASK_SIZE_MAX). */
export const USER_END = 0x7fff_ffff_f000

/** Typed copies over an address space. All throw EFAULT where the guest's memory does not allow them. */
export class UserMemory {
  readonly space: AddressSpace
  readonly #scratch = new Uint8Array(PAGE_SIZE)
  readonly #view = new DataView(this.#scratch.buffer)

  constructor(space: AddressSpace) {
    this.space = space
  }

  /** Fills `target` completely. */
  read(addr: Addr, target: Uint8Array): void {
    if (target.length > 0 && this.space.read(addr, target) !== target.length) throw EFAULT
  }
  /** Stores `source` completely. */
  write(addr: Addr, source: Uint8Array): void {
    if (source.length > 0 && this.space.write(addr, source) !== source.length) throw EFAULT
  }
  readBytes(addr: Addr, length: number): Uint8Array {
    const data = new Uint8Array(length)
    this.read(addr, data)
    return data
  }

  readStruct<T>(struct: Struct<T>, addr: Addr): T {
    if (struct.size > PAGE_SIZE) return struct.decode(this.readBytes(addr, struct.size))
    this.read(addr, this.#scratch.subarray(0, struct.size))
    return struct.read(this.#view, 0)
  }
  writeStruct<T>(struct: Struct<T>, addr: Addr, value: T): void {
    if (struct.size > PAGE_SIZE) return this.write(addr, struct.encode(value))
    const data = this.#scratch.subarray(0, struct.size)
    data.fill(0)
    struct.write(this.#view, 0, value)
    this.write(addr, data)
  }

  readU32(addr: Addr): number {
    this.read(addr, this.#scratch.subarray(0, 4))
    return this.#view.getUint32(0, true)
  }
  readI32(addr: Addr): number {
    return this.readU32(addr) | 0
  }
  writeU32(addr: Addr, value: number): void {
    this.#view.setUint32(0, value, true)
    this.write(addr, this.#scratch.subarray(0, 4))
  }
  readU64(addr: Addr): number {
    this.read(addr, this.#scratch.subarray(0, 8))
    return this.#view.getUint32(4, true) * 0x1_0000_0000 + this.#view.getUint32(0, true)
  }
  readU64Big(addr: Addr): bigint {
    this.read(addr, this.#scratch.subarray(0, 8))
    return this.#view.getBigUint64(0, true)
  }
  writeU64(addr: Addr, value: number | bigint): void {
    this.#view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true)
    this.write(addr, this.#scratch.subarray(0, 8))
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
      const data = this.#scratch.subarray(0, want)
      const got = this.space.read(at as Addr, data)
      const end = data.subarray(0, got).indexOf(0)
      if (end >= 0) return text + byteString(data.subarray(0, end))
      if (got < want) throw EFAULT
      text += byteString(data)
      at += want
      left -= want
    }
    throw tooLong
  }
  /** A path: at most PATH_MAX bytes. Errors: EFAULT, ENAMETOOLONG. */
  readPath(addr: Addr): string {
    return this.readString(addr, PATH_MAX)
  }
  /** A NULL-terminated vector of strings (argv, envp); NULL is an empty one. Errors: EFAULT, E2BIG past `maxBytes` in all. */
  readStrings(addr: Addr, maxBytes: number): string[] {
    const strings: string[] = []
    if (addr === 0) return strings
    let left = maxBytes
    for (let at: number = addr; ; at += 8) {
      const pointer = this.readU64(at as Addr)
      if (pointer === 0) return strings
      const text = this.readString(pointer as Addr, Math.min(left, 0x20000), E2BIG)
      left -= text.length + 1 + 8
      if (left <= 0) throw E2BIG
      strings.push(text)
    }
  }

  /** One buffer as a target or source of bytes. Length is clamped to MAX_RW_COUNT. Errors: EFAULT outside user space. */
  io(addr: Addr, length: number): UserIo {
    const clamped = Math.min(length, MAX_RW_COUNT)
    if (addr + clamped > USER_END) throw EFAULT
    return new UserIo(this.space, [{ addr, length: clamped }])
  }
  /** An iovec array. Errors: EINVAL (count, a length that is negative), EFAULT. */
  ioVector(addr: Addr, count: number): UserIo {
    return new UserIo(this.space, this.readIoVec(addr, count))
  }
  readIoVec(addr: Addr, count: number): IoVec[] {
    if (count < 0 || count > IOV_MAX) throw EINVAL
    const data = this.readBytes(addr, count * 16)
    const view = new DataView(data.buffer)
    const vectors: IoVec[] = []
    let room = MAX_RW_COUNT
    for (let i = 0; i < count; i++) {
      const high = view.getInt32(i * 16 + 12, true)
      if (high < 0) throw EINVAL
      const base = view.getUint32(i * 16 + 4, true) * 0x1_0000_0000 + view.getUint32(i * 16, true)
      const wanted = high * 0x1_0000_0000 + view.getUint32(i * 16 + 8, true)
      if (base + wanted > USER_END && wanted > 0) throw EFAULT
      const length = Math.min(wanted, room)
      room -= length
      if (length > 0) vectors.push({ addr: base as Addr, length })
    }
    return vectors
  }
}

/** Bytes as a byte string: one character (0…255) per byte. */
export function byteString(data: Uint8Array): string {
  let text = ''
  for (let i = 0; i < data.length; i += 4096) {
    text += String.fromCharCode(...data.subarray(i, i + 4096))
  }
  return text
}

/** A byte string as bytes. */
export function bytesOf(text: string): Uint8Array {
  const data = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) data[i] = text.charCodeAt(i)
  return data
}
