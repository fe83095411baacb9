// Cursor over a message: bounded reads, bounded writes, little endian. (p9)

import { ProtocolError } from './protocol-error.ts'

/**
 * A 64-bit number, exact: a `number` wherever it is a safe integer, a `bigint` otherwise, so that
 * `===` and Map keys work and the usual case costs no BigInt.
 */
export type Wide = number | bigint

const TWO_32 = 0x1_0000_0000
const LAST_SAFE_HIGH = 0x1f_ffff

export class Reader {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(this.bytes.buffer)
  at = 0
  end = 0

  /** Points at `start` … `end` of `bytes`. */
  reset(bytes: Uint8Array, start: number, end: number): this {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.at = start
    this.end = Math.min(end, bytes.length)
    return this
  }

  get left(): number {
    return this.end - this.at
  }

  /** Claims `count` bytes and returns where they start. */
  take(count: number): number {
    const { at } = this
    if (count > this.end - at) {
      throw new ProtocolError(`needs ${count} bytes, ${this.end - at} are left`)
    }
    this.at = at + count
    return at
  }

  u8(): number {
    return this.view.getUint8(this.take(1))
  }
  u16(): number {
    return this.view.getUint16(this.take(2), true)
  }
  u32(): number {
    return this.view.getUint32(this.take(4), true)
  }
  u64(): Wide {
    const at = this.take(8)
    const high = this.view.getUint32(at + 4, true)
    if (high > LAST_SAFE_HIGH) return this.view.getBigUint64(at, true)
    return high * TWO_32 + this.view.getUint32(at, true)
  }
  i64(): Wide {
    const at = this.take(8)
    const high = this.view.getInt32(at + 4, true)
    if (high > LAST_SAFE_HIGH || high < -LAST_SAFE_HIGH) return this.view.getBigInt64(at, true)
    return high * TWO_32 + this.view.getUint32(at, true)
  }

  /** `count` bytes as a byte string: one character (0…255) per byte. */
  text(count: number): string {
    const at = this.take(count)
    const { bytes } = this
    if (count > 24) return longText(bytes, at, at + count)
    let text = ''
    for (let i = at; i < at + count; i++) text += String.fromCharCode(bytes[i]!)
    return text
  }

  /** A view of `count` bytes; it changes when the buffer is used again. */
  view8(count: number): Uint8Array {
    const at = this.take(count)
    return this.bytes.subarray(at, at + count)
  }
}

const longText = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ''
  for (let i = start; i < end; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + 4096)))
  }
  return text
}

export class Writer {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0
  /** Messages start here. */
  base = 0
  /** Messages end here: the buffer's length, or the negotiated msize after `base`. */
  limit: number

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.limit = bytes.length
  }

  get left(): number {
    return this.limit - this.at
  }

  /** Claims `count` bytes and returns where they start. */
  room(count: number): number {
    const { at } = this
    if (count > this.limit - at) {
      throw new ProtocolError(`does not fit: ${count} bytes, room for ${this.limit - at}`)
    }
    this.at = at + count
    return at
  }

  u8(value: number): void {
    this.view.setUint8(this.room(1), checked(value, 0xff))
  }
  u16(value: number): void {
    this.view.setUint16(this.room(2), checked(value, 0xffff), true)
  }
  u32(value: number): void {
    this.view.setUint32(this.room(4), checked(value, 0xffff_ffff), true)
  }
  u64(value: Wide): void {
    if (typeof value === 'bigint') {
      if (BigInt.asUintN(64, value) !== value) throw new ProtocolError(`${value} is no u64`)
      this.view.setBigUint64(this.room(8), value, true)
      return
    }
    const at = this.room(8)
    this.view.setUint32(at + 4, checked(value, Number.MAX_SAFE_INTEGER) / TWO_32, true)
    this.view.setUint32(at, value, true)
  }
  i64(value: Wide): void {
    if (typeof value === 'bigint') {
      if (BigInt.asIntN(64, value) !== value) throw new ProtocolError(`${value} is no i64`)
      this.view.setBigInt64(this.room(8), value, true)
      return
    }
    if (!Number.isSafeInteger(value)) throw new ProtocolError(`${value} is no exact integer`)
    const at = this.room(8)
    this.view.setInt32(at + 4, Math.floor(value / TWO_32), true)
    this.view.setUint32(at, value, true)
  }

  text(value: string): void {
    const { length } = value
    const at = this.room(length)
    for (let i = 0; i < length; i++) {
      const char = value.charCodeAt(i)
      if (char > 255) throw new ProtocolError(`character ${i} is no byte`)
      this.bytes[at + i] = char
    }
  }

  view8(value: Uint8Array): void {
    const at = this.room(value.length)
    const { bytes } = this
    // A read may have put the data in its place already.
    if (value.buffer === bytes.buffer && value.byteOffset === bytes.byteOffset + at) return
    bytes.set(value, at)
  }
}

const checked = (value: number, max: number): number => {
  if (!(value >= 0 && value <= max) || value % 1 !== 0) {
    throw new ProtocolError(`${value} is no integer from 0 to ${max}`)
  }
  return value
}
