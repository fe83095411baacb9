// Kinds of fields: each reads, writes and prints one part of a message. (p9)

import { located, ProtocolError } from './protocol-error.ts'
import type { Reader, Wide, Writer } from './wire.ts'

export type FieldKind = 'u8' | 'u16' | 'u32' | 'u64' | 'i64' | 'str' | 'data' | 'list' | 'struct'

export interface Field<T> {
  readonly kind: FieldKind
  /** The fields of a struct, in order. */
  readonly fields?: Fields
  /** What a list is a list of. */
  readonly item?: Field<unknown>
  /** The fewest bytes a value takes: what a count may promise is checked against it. */
  readonly min: number
  read(r: Reader): T
  write(w: Writer, value: T): void
  show(value: T): string
}

export type Value<F> = F extends Field<infer T> ? T : never

const plain = (value: Wide): string => `${value}`
const octal = (value: number): string => `0${value.toString(8)}`
const hex = (value: Wide): string => `0x${value.toString(16)}`

export const u8: Field<number> = {
  kind: 'u8',
  min: 1,
  read: r => r.u8(),
  write: (w, v) => w.u8(v),
  show: plain,
}
export const u16: Field<number> = {
  kind: 'u16',
  min: 2,
  read: r => r.u16(),
  write: (w, v) => w.u16(v),
  show: plain,
}
export const u32: Field<number> = {
  kind: 'u32',
  min: 4,
  read: r => r.u32(),
  write: (w, v) => w.u32(v),
  show: plain,
}
export const u64: Field<Wide> = {
  kind: 'u64',
  min: 8,
  read: r => r.u64(),
  write: (w, v) => w.u64(v),
  show: plain,
}
/** Two's complement: seconds before 1970. */
export const i64: Field<Wide> = {
  kind: 'i64',
  min: 8,
  read: r => r.i64(),
  write: (w, v) => w.i64(v),
  show: plain,
}

/** A file handle that the client numbers; NOFID (0xffffffff) stands for none. */
export const fid: Field<number> = { ...u32, show: v => (v === 0xffff_ffff ? 'none' : `#${v}`) }
export const mode: Field<number> = { ...u32, show: octal }
export const flags: Field<number> = { ...u32, show: hex }
export const mask: Field<Wide> = { ...u64, show: hex }

/** Printable text of a byte string. */
export const quoted = (text: string): string =>
  `"${text.replace(/[^ !#-[\]-~]/g, c => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`

/** len[2] and as many bytes: a byte string, one character (0…255) for each. */
export const str: Field<string> = {
  kind: 'str',
  min: 2,
  read: r => r.text(r.u16()),
  write: (w, v) => {
    if (v.length > 0xffff) throw new ProtocolError(`${v.length} bytes, at most 65535 fit`)
    w.u16(v.length)
    w.text(v)
  },
  show: quoted,
}

/** count[4] and as many bytes. Reading gives a view that lives until the buffer is used again. */
export const data: Field<Uint8Array> = {
  kind: 'data',
  min: 4,
  read: r => r.view8(r.u32()),
  write: (w, v) => {
    w.u32(v.length)
    w.view8(v)
  },
  show: v => `<${v.length} bytes>`,
}

/** n[2] and as many items. */
export const vec = <T>(item: Field<T>): Field<readonly T[]> => ({
  kind: 'list',
  item: item as Field<unknown>,
  min: 2,
  read: r => {
    const count = r.u16()
    if (count * item.min > r.left) {
      throw new ProtocolError(`${count} items do not fit in ${r.left} bytes`)
    }
    const items: T[] = []
    for (let i = 0; i < count; i++) items.push(readItem(item, r, i))
    return items
  },
  write: (w, items) => {
    if (items.length > 0xffff) throw new ProtocolError(`${items.length} items, at most 65535 fit`)
    w.u16(items.length)
    for (let i = 0; i < items.length; i++) writeItem(item, w, items[i] as T, i)
  },
  show: items => `[${items.map(item.show).join(' ')}]`,
})

/** size[4] and as many bytes of items. */
export const sized = <T>(item: Field<T>): Field<readonly T[]> => ({
  kind: 'list',
  item: item as Field<unknown>,
  min: 4,
  read: r => {
    const size = r.u32()
    if (size > r.left) throw new ProtocolError(`needs ${size} bytes, ${r.left} are left`)
    const outer = r.end
    r.end = r.at + size
    try {
      const items: T[] = []
      while (r.left > 0) items.push(readItem(item, r, items.length))
      return items
    } finally {
      r.end = outer
    }
  },
  write: (w, items) => {
    const at = w.room(4)
    for (let i = 0; i < items.length; i++) writeItem(item, w, items[i] as T, i)
    w.view.setUint32(at, w.at - at - 4, true)
  },
  show: items => `[${items.map(item.show).join(' ')}]`,
})

const readItem = <T>(item: Field<T>, r: Reader, index: number): T => {
  try {
    return item.read(r)
  } catch (error) {
    throw located(error, `[${index}]`)
  }
}
const writeItem = <T>(item: Field<T>, w: Writer, value: T, index: number): void => {
  try {
    item.write(w, value)
  } catch (error) {
    throw located(error, `[${index}]`)
  }
}

// biome-ignore lint/suspicious/noExplicitAny: fields of every type go in one table
export type Fields = Readonly<Record<string, Field<any>>>
export type Body<F extends Fields> = { readonly [K in keyof F]: Value<F[K]> }

/** Fields in the order of their declaration. */
export const struct = <F extends Fields>(fields: F): Field<Body<F>> => {
  const names = Object.keys(fields)
  const kinds = names.map(name => fields[name]!)
  const count = names.length
  return {
    kind: 'struct',
    fields,
    min: kinds.reduce((sum, kind) => sum + kind.min, 0),
    read: r => {
      const body: Record<string, unknown> = {}
      let i = 0
      try {
        for (; i < count; i++) body[names[i]!] = kinds[i]!.read(r)
      } catch (error) {
        throw located(error, names[i]!)
      }
      return body as Body<F>
    },
    write: (w, body) => {
      let i = 0
      try {
        for (; i < count; i++) kinds[i]!.write(w, body[names[i]!])
      } catch (error) {
        throw located(error, names[i]!)
      }
    },
    show: body => names.map((name, i) => `${name} ${kinds[i]!.show(body[name])}`).join(' '),
  }
}
