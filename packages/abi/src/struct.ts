// Struct layouts: one field list gives size, offsets, reader and writer. (abi, pure)

/** How one value lies in memory: little endian, natural C alignment. */
export interface Codec<T> {
  /** Bytes occupied. */
  readonly size: number
  /** Alignment in bytes. */
  readonly align: number
  read(view: DataView, offset: number): T
  write(view: DataView, offset: number, value: T): void
}

/** The JavaScript type that a codec or struct reads and writes. */
export type Value<C> = C extends Codec<infer T> ? T : never

const scalar = <T>(
  size: number,
  read: (view: DataView, offset: number) => T,
  write: (view: DataView, offset: number, value: T) => void,
): Codec<T> => ({ size, align: size, read, write })

const TWO_32 = 0x1_0000_0000

export const u8 = scalar(
  1,
  (v, o) => v.getUint8(o),
  (v, o, x: number) => v.setUint8(o, x),
)
export const i8 = scalar(
  1,
  (v, o) => v.getInt8(o),
  (v, o, x: number) => v.setInt8(o, x),
)
export const u16 = scalar(
  2,
  (v, o) => v.getUint16(o, true),
  (v, o, x: number) => v.setUint16(o, x, true),
)
export const i16 = scalar(
  2,
  (v, o) => v.getInt16(o, true),
  (v, o, x: number) => v.setInt16(o, x, true),
)
export const u32 = scalar(
  4,
  (v, o) => v.getUint32(o, true),
  (v, o, x: number) => v.setUint32(o, x, true),
)
export const i32 = scalar(
  4,
  (v, o) => v.getInt32(o, true),
  (v, o, x: number) => v.setInt32(o, x, true),
)

const PER_TWO_32 = 1 / TWO_32
const TWO_64 = 2 ** 64
const writeWide = (v: DataView, o: number, x: number): void => {
  if (x >= TWO_64) {
    v.setInt32(o, -1, true)
    v.setInt32(o + 4, -1, true)
  } else {
    v.setUint32(o, x, true)
    v.setInt32(o + 4, Math.floor(x * PER_TWO_32), true)
  }
}
/**
 * 64 bits as a number: exact up to 2^53, the nearest double above. All bits set reads as 2^64,
 * and 2^64 writes as all bits set, so RLIM_INFINITY survives. Negative numbers write as C's cast.
 */
export const u64 = scalar(
  8,
  (v, o) => v.getUint32(o + 4, true) * TWO_32 + v.getUint32(o, true),
  writeWide,
)
/** Signed 64 bits as a number: exact within ±2^53. */
export const i64 = scalar(
  8,
  (v, o) => v.getInt32(o + 4, true) * TWO_32 + v.getUint32(o, true),
  writeWide,
)
/** 64 bits, always exact. */
export const u64big = scalar(
  8,
  (v, o) => v.getBigUint64(o, true),
  (v, o, x: bigint) => v.setBigUint64(o, x, true),
)

/** A fixed array of `count` values; writing a shorter one is an error of the caller. */
export const array = <T>(item: Codec<T>, count: number): Codec<T[]> => ({
  size: item.size * count,
  align: item.align,
  read: (v, o) => {
    const xs: T[] = []
    for (let i = 0; i < count; i++) xs.push(item.read(v, o + i * item.size))
    return xs
  },
  write: (v, o, xs) => {
    for (let i = 0; i < count; i++) item.write(v, o + i * item.size, xs[i] as T)
  },
})

/** A fixed byte array; a shorter value is padded with zeros. */
export const bytes = (count: number): Codec<Uint8Array> => ({
  size: count,
  align: 1,
  read: (v, o) =>
    new Uint8Array(v.buffer.slice(v.byteOffset + o, v.byteOffset + o + count) as ArrayBuffer),
  write: (v, o, x) => {
    const target = new Uint8Array(v.buffer, v.byteOffset + o, count)
    target.fill(0)
    target.set(x.subarray(0, count))
  },
})

/** A fixed char array as a byte string up to its NUL; a shorter value is padded with zeros. */
export const chars = (count: number): Codec<string> => ({
  size: count,
  align: 1,
  read: (v, o) => {
    let text = ''
    for (let i = 0; i < count; i++) {
      const byte = v.getUint8(o + i)
      if (byte === 0) break
      text += String.fromCharCode(byte)
    }
    return text
  },
  write: (v, o, x) => {
    for (let i = 0; i < count; i++) v.setUint8(o + i, i < x.length ? x.charCodeAt(i) : 0)
  },
})

/** Bytes that carry nothing: no field of the value, written as zeros. */
export interface Padding extends Codec<void> {
  readonly padding: true
}
export const pad = (count: number): Padding => ({
  padding: true,
  size: count,
  align: 1,
  read: () => undefined,
  write: (v, o) => {
    for (let i = 0; i < count; i++) v.setUint8(o + i, 0)
  },
})

/** A codec of some type: `unknown` would refuse all, as codecs both take and give values. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyCodec = Codec<any>
// biome-ignore lint/suspicious/noExplicitAny: as AnyCodec
export type AnyStruct = Struct<any>

type Fields = Readonly<Record<string, AnyCodec>>
type StructValue<F extends Fields> = {
  -readonly [K in keyof F as F[K] extends Padding ? never : K]: Value<F[K]>
}

/** One field of a struct, readable and writable in place: no object is made. */
export interface Field<T> {
  readonly codec: Codec<T>
  /** Bytes from the start of the struct. */
  readonly offset: number
  /** Reads the field of the struct at `base`. */
  read(view: DataView, base: number): T
  /** Writes the field of the struct at `base`. */
  write(view: DataView, base: number, value: T): void
}

/** A struct: a codec that also knows its name and where each field lies. */
export interface Struct<T> extends Codec<T> {
  readonly name: string
  readonly fields: { readonly [K in keyof T & string]: Field<T[K]> }
  /** Decodes from the start of `data`; RangeError if it holds less than `size` bytes. */
  decode(data: Uint8Array): T
  /** Encodes into a new array of `size` bytes. Padding is zero. */
  encode(value: T): Uint8Array
}

const field = <T>(codec: Codec<T>, offset: number): Field<T> => ({
  codec,
  offset,
  read: (view, base) => codec.read(view, base + offset),
  write: (view, base, value) => codec.write(view, base + offset, value),
})

// Making a DataView costs more than decoding a timespec, so the last one is kept.
let recent: DataView = new DataView(new ArrayBuffer(0))
const viewOf = (data: Uint8Array): DataView => {
  if (recent.buffer !== data.buffer) recent = new DataView(data.buffer)
  return recent
}

/** One field and where it lies. */
interface Member {
  readonly key: string
  readonly codec: AnyCodec
  readonly offset: number
}

interface Layout {
  readonly size: number
  readonly align: number
  readonly members: readonly Member[]
}

function layOut(fields: Fields, packed: boolean): Layout {
  const members: Member[] = []
  let size = 0
  let align = 1
  for (const key in fields) {
    const codec = fields[key]!
    if (!packed) {
      align = Math.max(align, codec.align)
      size = upTo(size, codec.align)
    }
    if (!('padding' in codec)) members.push({ key, codec, offset: size })
    size += codec.size
  }
  return { size: upTo(size, align), align, members }
}

const upTo = (offset: number, align: number): number => Math.ceil(offset / align) * align

/** Where the words and bytes lie that no field covers: written as zeros, so that nothing leaks into the guest. */
function holesOf({ size, members }: Layout): { words: number[]; bytes: number[] } {
  const words: number[] = []
  const bytes: number[] = []
  const add = (from: number, to: number): void => {
    for (let at = from; at < to; ) {
      const whole = at % 4 === 0 && at + 4 <= to
      if (whole) words.push(at)
      else bytes.push(at)
      at += whole ? 4 : 1
    }
  }
  let covered = 0
  for (const { codec, offset } of members) {
    add(covered, offset)
    covered = offset + codec.size
  }
  add(covered, size)
  return { words, bytes }
}

/** Makes the reader: one new object a call. */
function readerOf<T>({ members }: Layout): (view: DataView, offset: number) => T {
  const keys = members.map(({ key }) => key)
  const codecs = members.map(({ codec }) => codec)
  const offsets = members.map(({ offset }) => offset)
  // Copying an object that has all keys is faster than adding them one by one.
  const template: Record<string, unknown> = Object.fromEntries(keys.map(key => [key, 0]))
  return (view, offset) => {
    const value = { ...template }
    for (let i = 0; i < keys.length; i++) {
      value[keys[i]!] = codecs[i]!.read(view, offset + offsets[i]!)
    }
    return value as T
  }
}

function writerOf<T>(layout: Layout): (view: DataView, offset: number, value: T) => void {
  const { members } = layout
  const keys = members.map(({ key }) => key)
  const codecs = members.map(({ codec }) => codec)
  const offsets = members.map(({ offset }) => offset)
  const { words, bytes } = holesOf(layout)
  return (view, offset, value) => {
    const from = value as Record<string, unknown>
    for (let i = 0; i < keys.length; i++) {
      codecs[i]!.write(view, offset + offsets[i]!, from[keys[i]!])
    }
    for (let i = 0; i < words.length; i++) view.setInt32(offset + words[i]!, 0)
    for (let i = 0; i < bytes.length; i++) view.setUint8(offset + bytes[i]!, 0)
  }
}

/** A program declares a hundred of them and uses ten: all is made when it is needed. */
class Declared<T> implements Struct<T> {
  readonly name: string
  readonly #declared: Fields
  readonly #packed: boolean
  #layout: Layout | undefined
  #read: ((view: DataView, offset: number) => T) | undefined
  #write: ((view: DataView, offset: number, value: T) => void) | undefined
  #fields: Struct<T>['fields'] | undefined

  constructor(name: string, fields: Fields, layout: 'natural' | 'packed') {
    this.name = name
    this.#declared = fields
    this.#packed = layout === 'packed'
  }

  get #laidOut(): Layout {
    this.#layout ??= layOut(this.#declared, this.#packed)
    return this.#layout
  }
  get size(): number {
    return this.#laidOut.size
  }
  get align(): number {
    return this.#laidOut.align
  }
  get fields(): Struct<T>['fields'] {
    this.#fields ??= Object.fromEntries(
      this.#laidOut.members.map(({ key, codec, offset }) => [key, field(codec, offset)]),
    ) as unknown as Struct<T>['fields']
    return this.#fields
  }

  read(view: DataView, offset: number): T {
    this.#read ??= readerOf<T>(this.#laidOut)
    return this.#read(view, offset)
  }
  write(view: DataView, offset: number, value: T): void {
    this.#write ??= writerOf<T>(this.#laidOut)
    this.#write(view, offset, value)
  }

  decode(data: Uint8Array): T {
    const { size } = this
    if (data.byteLength < size)
      throw new RangeError(`${this.name}: ${data.byteLength} of ${size} bytes`)
    return this.read(viewOf(data), data.byteOffset)
  }
  encode(value: T): Uint8Array {
    const data = new Uint8Array(this.size)
    this.write(new DataView(data.buffer), 0, value)
    return data
  }
}

/**
 * Declares a struct with C's names and natural alignment. Tests compare `size` and the offsets
 * with the C compiler's. `packed` gives the layout of `__attribute__((packed))` (epoll_event).
 */
export const struct = <F extends Fields>(
  name: string,
  fields: F,
  layout: 'natural' | 'packed' = 'natural',
): Struct<StructValue<F>> => new Declared(name, fields, layout)
