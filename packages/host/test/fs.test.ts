// Files through raw calls agree with node:fs. (host test)

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { EEXIST, EINVAL, ENODATA, ENOENT, ENOTEMPTY } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import { afterAll, beforeAll, expect, it } from 'vitest'

const O_RDWR = 2
const O_CREAT = 0o100
const O_DIRECTORY = 0o200000
const O_PATH = 0o10000000
const O_NOFOLLOW = 0o400000
const O_CLOEXEC = 0o2000000

let root: string
let dir: number
beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'host-fs-'))
  dir = host.openat(host.AT_FDCWD, root, O_DIRECTORY | O_CLOEXEC, 0)
})
afterAll(() => {
  host.close(dir)
  fs.rmSync(root, { recursive: true })
})

it('creates, writes, reads and stats a file', () => {
  const fd = host.openat(dir, 'a', O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
  expect(host.write(fd, Uint8Array.of(1, 2, 3, 4))).toBe(4)
  const bytes = new Uint8Array(8)
  expect(host.pread(fd, bytes.subarray(1), 1)).toBe(3)
  expect([...bytes]).toEqual([0, 2, 3, 4, 0, 0, 0, 0])
  expect(host.pwrite(fd, bytes.subarray(1, 3), 10)).toBe(2)
  const mine = host.fstat(fd)
  const theirs = fs.statSync(path.join(root, 'a'), { bigint: true })
  expect(mine.ino).toBe(theirs.ino)
  expect(mine.dev).toBe(theirs.dev)
  expect(BigInt(mine.mode)).toBe(theirs.mode)
  expect(mine.size).toBe(12)
  expect(mine.nlink).toBe(1)
  expect(BigInt(mine.mtime.sec) * 1_000_000_000n + BigInt(mine.mtime.nsec)).toBe(theirs.mtimeNs)
  expect(host.fstatat(dir, 'a', 0)).toEqual(mine)
  const { btime, ...same } = host.statx(fd, '', 0x1000)
  expect(same).toEqual(mine)
  expect(BigInt(btime!.sec) * 1_000_000_000n + BigInt(btime!.nsec)).toBe(theirs.birthtimeNs)
  expect(host.fileSize(fd)).toBe(12)
  host.utimensat(fd, undefined, { sec: -5, nsec: 7 }, undefined, 0)
  expect(host.fstat(fd).atime).toEqual({ sec: -5, nsec: 7 })
  expect(host.fstat(fd).mtime).toEqual(mine.mtime)
  host.fchmod(fd, 0o600)
  host.ftruncate(fd, 5)
  host.fchown(fd, -1, -1)
  expect(host.fstat(fd)).toMatchObject({ mode: 0o100600, size: 5 })
  expect(host.lseek(fd, 0, 2)).toBe(5)
  host.fsync(fd)
  host.close(fd)
})

it('keeps names that are not UTF-8', () => {
  const name = '\xff\xfe\xe9 odd'
  host.mkdirat(dir, name, 0o755)
  const listed = host.openat(dir, '.', O_DIRECTORY | O_CLOEXEC, 0)
  const names = []
  for (let some = host.getdents(listed); some.length > 0; some = host.getdents(listed)) {
    names.push(...some.map(entry => entry.name))
  }
  host.close(listed)
  expect(names).toContain(name)
  expect(names).toContain('.')
  expect(fs.readdirSync(root, 'buffer').map(b => b.toString('latin1'))).toContain(name)
  host.unlinkat(dir, name, 0x200)
})

it('refuses names that would change on the way', () => {
  expect(() => host.mkdirat(dir, 'a\0b', 0o755)).toThrow(EINVAL)
  expect(() => host.mkdirat(dir, 'a\u0101', 0o755)).toThrow(EINVAL)
})

it('links, renames and removes', () => {
  host.symlinkat('to/where', dir, 'link')
  expect(host.readlinkat(dir, 'link')).toBe('to/where')
  const self = host.openat(dir, 'link', O_PATH | O_NOFOLLOW | O_CLOEXEC, 0)
  expect(host.readlinkat(self, '')).toBe('to/where')
  host.close(self)
  host.linkat(dir, 'a', dir, 'b', 0)
  expect(host.fstatat(dir, 'b', 0).nlink).toBe(2)
  expect(() => host.renameat2(dir, 'b', dir, 'link', 1)).toThrow(EEXIST)
  host.renameat2(dir, 'b', dir, 'c', 0)
  expect(() => host.fstatat(dir, 'b', 0)).toThrow(ENOENT)
  host.mkdirat(dir, 'full', 0o700)
  host.mknodat(dir, 'full/fifo', 0o010600, 0)
  expect(host.fstatat(dir, 'full/fifo', 0).mode).toBe(0o010600)
  const { btime: _, ...device } = host.statx(dir, '/dev/null', 0)
  expect(device).toEqual(host.fstatat(dir, '/dev/null', 0))
  expect(() => host.unlinkat(dir, 'full', 0x200)).toThrow(ENOTEMPTY)
  host.unlinkat(dir, 'full/fifo', 0)
  host.unlinkat(dir, 'full', 0x200)
})

it('openat2 confines', () => {
  expect(() => host.openat2(dir, '../..', O_PATH | O_CLOEXEC, 0, 0x08)).toThrow()
  const fd = host.openat2(dir, 'a', O_PATH | O_CLOEXEC, 0, 0x08)
  expect(host.fileType(fd)).toBe(0o100000)
  host.close(fd)
})

it('extended attributes and file system numbers', () => {
  const fd = host.openat(dir, 'a', O_RDWR | O_CLOEXEC, 0)
  host.fsetxattr(fd, 'user.one', Uint8Array.of(1, 0, 2), 0)
  host.setxattr(`/proc/self/fd/${fd}`, 'user.two', new Uint8Array(0), 0)
  expect([...host.fgetxattr(fd, 'user.one')]).toEqual([1, 0, 2])
  expect(
    host
      .flistxattr(fd)
      .filter(n => n.startsWith('user.'))
      .sort(),
  ).toEqual(['user.one', 'user.two'])
  host.fremovexattr(fd, 'user.one')
  expect(() => host.fgetxattr(fd, 'user.one')).toThrow(ENODATA)
  const whole = fs.statfsSync(root)
  const mine = host.fstatfs(fd)
  expect(mine).toMatchObject({ type: whole.type, bsize: whole.bsize, blocks: whole.blocks })
  expect(mine.namelen).toBe(255)
  host.close(fd)
})
