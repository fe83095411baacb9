// Directory entries as getdents64(2) and getdents(2) lay them out.

import { expect, test } from 'vitest'
import { DT_DIR, DT_REG, linux_dirent64, writeDirent, writeDirent64 } from '../src/index.ts'

test('getdents64 entries are padded to 8 bytes and end with a NUL', () => {
  const data = new Uint8Array(64).fill(0xaa)
  const view = new DataView(data.buffer)
  const first = writeDirent64(view, 0, 7, 1, DT_DIR, '.')
  expect(first).toBe(24)
  const second = writeDirent64(view, first, 2 ** 40, 2, DT_REG, 'abcd\xff')
  expect(second).toBe(32)
  expect(linux_dirent64.read(view, 0)).toEqual({ d_ino: 7, d_off: 1, d_reclen: 24, d_type: DT_DIR })
  expect(linux_dirent64.read(view, first).d_ino).toBe(2 ** 40)
  expect([...data.subarray(24 + 19, 24 + 32)]).toEqual([97, 98, 99, 100, 255, ...Array(8).fill(0)])
  expect(data[56]).toBe(0xaa)
})

test('an entry that does not fit is not begun', () => {
  const data = new Uint8Array(23).fill(0xaa)
  expect(writeDirent64(new DataView(data.buffer), 0, 1, 1, DT_REG, 'a')).toBe(0)
  expect(data.every(byte => byte === 0xaa)).toBe(true)
})

test('getdents entries have the type in the last byte', () => {
  const data = new Uint8Array(32).fill(0xaa)
  const size = writeDirent(new DataView(data.buffer), 0, 7, 1, DT_REG, 'abcd')
  expect(size).toBe(24)
  expect([...data.subarray(16, 24)]).toEqual([24, 0, 97, 98, 99, 100, 0, DT_REG])
})
