// The system call table: numbers agree with the headers, arguments decode by kind.

import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type SyscallDecl, type SyscallName, syscallByNumber, syscalls } from '../src/index.ts'

const header = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h'
const table = Object.entries(syscalls) as [SyscallName, SyscallDecl][]

describe.skipIf(!existsSync(header))(`numbers agree with ${header}`, () => {
  const inHeader = existsSync(header)
    ? [...readFileSync(header, 'utf8').matchAll(/#define __NR_(\w+)\s+(\d+)/g)]
    : []
  test('every call of the header is declared with its number', () => {
    expect(inHeader.length).toBeGreaterThan(300)
    for (const [, name, number] of inHeader) {
      // Calls later than Linux 6.12, from a newer header.
      if (Number(number) > 462) continue
      expect(syscalls[name as SyscallName]?.nr, name).toBe(Number(number))
    }
  })
})

test('numbers are unique and the array finds each by number', () => {
  expect(new Set(table.map(([, { nr }]) => nr)).size).toBe(table.length)
  for (const [name, { nr }] of table) expect(syscallByNumber[nr]?.name).toBe(name)
  expect(syscallByNumber[400]).toBeUndefined()
})

test('no call has more than six arguments, and lengths name an argument', () => {
  for (const [name, { args }] of table) {
    const names = Object.keys(args)
    expect(names.length, name).toBeLessThanOrEqual(6)
    for (const kind of Object.values(args)) {
      if (kind.length !== undefined) expect(names, name).toContain(kind.length)
    }
  }
})

test('arguments decode as the kernel truncates and extends them', () => {
  const { fd, offset } = syscalls.pread64.args
  expect(fd.decode(0xffffffff, 0xdeadbeef)).toBe(-1)
  expect(offset.decode(0xffffffff, 0xffffffff)).toBe(-1)
  expect(offset.decode(1, 1)).toBe(0x1_0000_0001)
  expect(syscalls.openat.args.dirfd.decode(0xffffff9c, 0)).toBe(-100)
  expect(syscalls.openat.args.mode.decode(0xfff0_01ed, 0)).toBe(0o755)
  expect(syscalls.mmap.args.addr.decode(0x1000, 0x7fff)).toBe(0x7fff_0000_1000)
  expect(syscalls.mmap.args.flags.decode(0x22, 0)).toBe(0x22)
})

test('the offset of preadv is its low half alone', () => {
  expect(Object.keys(syscalls.preadv.args)).toEqual(['fd', 'iov', 'iovcnt', 'offset'])
  expect(Object.keys(syscalls.preadv2.args)).toEqual([
    'fd',
    'iov',
    'iovcnt',
    'offset',
    'pos_h',
    'flags',
  ])
})
