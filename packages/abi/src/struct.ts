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

const writeWide = (v: DataView, o: number, x: number): void => {
  if (x < 2 ** 64) {
    v.setUint32(o, x % TWO_32, true)
    v.setUint32(o + 4, Math.floor(x / TWO_32), true)
  } else {
    v.setInt32(o, -1, true)
    v.setInt32(o + 4, -1, true)
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

/** A fixed array of `count` values. */
export const array = <T>(item: Codec<T>, count: number): Codec<T[]> => ({
  size: item.size * count,
  align: item.align,
  read: (v, o) => Array.from({ length: count }, (_, i) => item.read(v, o + i * item.size)),
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

type Fields = Record<string, Codec<never> | Codec<any>>
type StructValue<F extends Fields> = { -readonly [K in keyof F]: Value<F[K]> }

/** A struct: a codec that also knows its name and where each field lies. */
export interface Struct<T> extends Codec<T> {
  readonly name: string
  readonly fields: Readonly<Record<keyof T & string, { codec: Codec<unknown>; offset: number }>>
  /** Decodes from the start of `data`, which must hold at least `size` bytes. */
  decode(data: Uint8Array): T
  /** Encodes into a new array of `size` bytes. */
  encode(value: T): Uint8Array
}

/**
 * Declares a struct with C's names and natural alignment. Tests compare `size` and the offsets
 * with the C compiler's. `packed` gives the layout of `__attribute__((packed))` (epoll_event).
 */
export function struct<F extends Fields>(
  name: string,
  fields: F,
  layout: 'natural' | 'packed' = 'natural',
): Struct<StructValue<F>> {
  type T = StructValue<F>
  const keys = Object.keys(fields)
  const codecs = keys.map(key => fields[key] as Codec<any>)
  let end = 0
  let align = 1
  const offsets = codecs.map(codec => {
    const a = layout === 'packed' ? 1 : codec.align
    end = Math.ceil(end / a) * a
    align = Math.max(align, a)
    const offset = end
    end += codec.size
    return offset
  })
  const size = Math.ceil(end / align) * align
  const read = (view: DataView, offset: number): T => {
    const value: Record<string, unknown> = {}
    for (let i = 0; i < keys.length; i++)
      value[keys[i]!] = codecs[i]!.read(view, offset + offsets[i]!)
    return value as T
  }
  const write = (view: DataView, offset: number, value: T): void => {
    const from = value as Record<string, unknown>
    for (let i = 0; i < keys.length; i++)
      codecs[i]!.write(view, offset + offsets[i]!, from[keys[i]!])
  }
  return {
    name,
    size,
    align,
    fields: Object.fromEntries(
      keys.map((key, i) => [key, { codec: codecs[i]!, offset: offsets[i]! }]),
    ) as Struct<T>['fields'],
    read,
    write,
    decode: data => read(new DataView(data.buffer, data.byteOffset, data.byteLength), 0),
    encode: value => {
      const data = new Uint8Array(size)
      write(new DataView(data.buffer), 0, value)
      return data
    },
  }
}
