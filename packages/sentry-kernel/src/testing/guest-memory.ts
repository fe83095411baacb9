// A guest's view of its own memory, for test code. (testing)

import type { Addr, Struct } from '@tsvisor/abi'
import type { ByteSpace } from './byte-space.ts'

/** Little endian. Throws a RangeError where nothing is mapped. */
export class GuestMemory {
  readonly #space: ByteSpace

  constructor(space: ByteSpace) {
    this.#space = space
  }
  read(at: number, length: number): Uint8Array {
    const data = new Uint8Array(length)
    if (this.#space.read(at as Addr, data) !== length)
      throw new RangeError(`guest memory at 0x${at.toString(16)} cannot be read`)
    return data
  }
  write(at: number, data: Uint8Array): void {
    if (this.#space.write(at as Addr, data) !== data.length)
      throw new RangeError(`guest memory at 0x${at.toString(16)} cannot be written`)
  }
  u32(at: number): number {
    return this.#view(at, 4).getUint32(0, true)
  }
  i32(at: number): number {
    return this.u32(at) | 0
  }
  u64(at: number): number {
    const view = this.#view(at, 8)
    return view.getUint32(4, true) * 0x1_0000_0000 + view.getUint32(0, true)
  }
  setU32(at: number, value: number): void {
    const data = new Uint8Array(4)
    new DataView(data.buffer).setUint32(0, value, true)
    this.write(at, data)
  }
  setU64(at: number, value: number | bigint): void {
    const data = new Uint8Array(8)
    new DataView(data.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true)
    this.write(at, data)
  }
  struct<T>(struct: Struct<T>, at: number): T {
    return struct.decode(this.read(at, struct.size))
  }
  setStruct<T>(struct: Struct<T>, at: number, value: T): void {
    this.write(at, struct.encode(value))
  }
  /** The byte string up to a NUL. */
  string(at: number): string {
    let text = ''
    for (let i = at; ; i++) {
      const [byte] = this.read(i, 1)
      if (!byte) return text
      text += String.fromCharCode(byte)
    }
  }
  #view(at: number, length: number): DataView {
    return new DataView(this.read(at, length).buffer)
  }
}
