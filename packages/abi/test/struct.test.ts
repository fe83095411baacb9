// Struct codecs: values survive, padding is zero, errors are clear.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as abi from '../src/index.ts'

const isStruct = (value: unknown): value is abi.AnyStruct =>
  typeof value === 'object' && value !== null && 'fields' in value && 'encode' in value
const structs = Object.entries(abi).filter((entry): entry is [string, abi.AnyStruct] =>
  isStruct(entry[1]),
)

test.each(structs)('%s: decoding what encode wrote gives the same value', (_, struct) => {
  // Bytes below 0x10 keep 64-bit numbers within 2^53 and char arrays free of surprises.
  const sample = (byte: number): Uint8Array =>
    new Uint8Array(struct.size).map((_, i) => (i % 8 < 6 ? byte : 0))
  for (const byte of [0, 1, 0x0f]) {
    const value = struct.decode(sample(byte))
    expect(struct.decode(struct.encode(value))).toEqual(value)
  }
})

test('a struct writes every byte that it covers', () => {
  for (const [name, struct] of structs) {
    const value = struct.decode(new Uint8Array(struct.size))
    const target = new Uint8Array(struct.size + 8).fill(0xaa)
    struct.write(new DataView(target.buffer), 4, value)
    expect(
      target.subarray(4, 4 + struct.size).every(byte => byte === 0),
      name,
    ).toBe(true)
    expect([...target.subarray(0, 4), ...target.subarray(4 + struct.size)], name).toEqual(
      Array(8).fill(0xaa),
    )
  }
})

test('64-bit numbers are exact within 2^53, negative ones write as C casts them', () => {
  const view = new DataView(new ArrayBuffer(8))
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      abi.i64.write(view, 0, value)
      expect(abi.i64.read(view, 0)).toBe(value)
      expect(view.getBigInt64(0, true)).toBe(BigInt(value))
      abi.u64.write(view, 0, value)
      expect(view.getBigUint64(0, true)).toBe(BigInt.asUintN(64, BigInt(value)))
      if (value >= 0) expect(abi.u64.read(view, 0)).toBe(value)
    }),
  )
})

test('RLIM_INFINITY survives a rlimit', () => {
  const encoded = abi.rlimit.encode({ rlim_cur: 1024, rlim_max: abi.RLIM_INFINITY })
  expect([...encoded.subarray(8)]).toEqual(Array(8).fill(0xff))
  expect(abi.rlimit.decode(encoded)).toEqual({ rlim_cur: 1024, rlim_max: abi.RLIM_INFINITY })
})

test('a field reads and writes in place', () => {
  const data = new Uint8Array(3 + abi.stat.size)
  const view = new DataView(data.buffer)
  abi.stat.fields.st_size.write(view, 3, 2 ** 40 + 1)
  expect(abi.stat.fields.st_size.read(view, 3)).toBe(2 ** 40 + 1)
  expect(abi.stat.decode(data.subarray(3)).st_size).toBe(2 ** 40 + 1)
})

test('decode refuses short data and does not read past it', () => {
  const data = new Uint8Array(32).subarray(8, 23)
  expect(() => abi.timespec.decode(data)).toThrow('timespec: 15 of 16 bytes')
})

test('decode follows the array to another buffer', () => {
  const first = abi.timespec.encode({ tv_sec: 1, tv_nsec: 2 })
  const second = abi.timespec.encode({ tv_sec: 3, tv_nsec: 4 })
  expect(abi.timespec.decode(first).tv_sec).toBe(1)
  expect(abi.timespec.decode(second).tv_sec).toBe(3)
  expect(abi.timespec.decode(first).tv_nsec).toBe(2)
})

test('char arrays are byte strings up to the NUL', () => {
  const uts = { nodename: '', release: '6.1', version: '', machine: 'x86_64', domainname: '' }
  const encoded = abi.utsname.encode({ ...uts, sysname: 'L\xff' })
  expect(encoded.length).toBe(390)
  expect([...encoded.subarray(0, 3)]).toEqual([0x4c, 0xff, 0])
  expect(abi.utsname.decode(encoded)).toEqual({ ...uts, sysname: 'L\xff' })
})

test('socket addresses are in network byte order', () => {
  const encoded = abi.sockaddr_in.encode({
    sin_family: abi.AF_INET,
    sin_port: 80,
    sin_addr: abi.INADDR_LOOPBACK,
  })
  expect([...encoded]).toEqual([2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
})
