// Random values for any field, from its declaration.
import fc from 'fast-check'
import type { Field, Wide } from '../src/index.ts'

const canonical = (value: bigint): Wide =>
  value >= -BigInt(Number.MAX_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value

const byteStrings = fc.uint8Array({ maxLength: 300 }).map(bytes => String.fromCharCode(...bytes))

// biome-ignore lint/suspicious/noExplicitAny: fields of every type
export const arbitrary = (field: Field<any>): fc.Arbitrary<any> => {
  switch (field.kind) {
    case 'u8':
      return fc.nat(0xff)
    case 'u16':
      return fc.nat(0xffff)
    case 'u32':
      return fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.constant(0xffff_ffff))
    case 'u64':
      return fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(canonical)
    case 'i64':
      return fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(canonical)
    case 'str':
      return byteStrings
    case 'data':
      return fc.uint8Array({ maxLength: 2000 })
    case 'list':
      return fc.array(arbitrary(field.item!), { maxLength: 20 })
    case 'struct':
      return fc.record(
        Object.fromEntries(Object.entries(field.fields!).map(([k, f]) => [k, arbitrary(f)])),
        { noNullPrototype: true },
      )
  }
}
