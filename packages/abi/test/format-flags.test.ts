// Flag values print as strace prints them.

import { expect, test } from 'vitest'
import { type FlagSet, formatFlags, syscalls } from '../src/index.ts'

const print = (kind: { readonly flags?: FlagSet }, value: number): string =>
  formatFlags(kind.flags!, value)

test.each<[{ readonly flags?: FlagSet }, number, string]>([
  [syscalls.openat.args.flags, 0, 'O_RDONLY'],
  [syscalls.openat.args.flags, 0o102, 'O_RDWR|O_CREAT'],
  [syscalls.openat.args.flags, 0o4010001, 'O_WRONLY|O_SYNC'],
  [syscalls.openat.args.flags, 0o20200002, 'O_RDWR|O_TMPFILE'],
  [syscalls.openat.args.flags, 0x80000003, '0x80000003'],
  [syscalls.mmap.args.flags, 0x22, 'MAP_PRIVATE|MAP_ANONYMOUS'],
  [syscalls.mmap.args.prot, 0, 'PROT_NONE'],
  [syscalls.mmap.args.prot, 3, 'PROT_READ|PROT_WRITE'],
  [syscalls.mmap.args.prot, 2 ** 40 + 1, 'PROT_READ|0x10000000000'],
  [syscalls.socket.args.type, 0o2000001, 'SOCK_STREAM|SOCK_CLOEXEC'],
  [syscalls.futex.args.futex_op, 129, 'FUTEX_WAKE|FUTEX_PRIVATE_FLAG'],
  [syscalls.clone.args.flags, 0x80000011, 'CLONE_IO|0x11'],
  [syscalls.lseek.args.whence, 2, 'SEEK_END'],
  [syscalls.lseek.args.whence, 9, '0x9'],
  [syscalls.clock_gettime.args.clockid, -6, '-6'],
  [syscalls.ioctl.args.cmd, 0x5401, 'TCGETS'],
  [syscalls.wait4.args.options, 0, '0'],
])('%#: $1 is $2', (kind, value, text) => {
  expect(print(kind, value)).toBe(text)
})
