// File system calls that node:fs has no words for.

import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  EBADF,
  EEXIST,
  EFBIG,
  EINVAL,
  ENODATA,
  ENOENT,
  ENOTEMPTY,
  EOPNOTSUPP,
  ERANGE,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFL,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_LARGEFILE,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_WRONLY,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  RLIMIT_FSIZE,
  S_IFIFO,
  SEEK_DATA,
  SEEK_HOLE,
  SIGXFSZ,
  XATTR_CREATE,
} from '@tsvisor/abi'
import { describe, expect, it, vi } from 'vitest'
import { OverlayFs } from '../../src/fs/memory-overlay/overlay.ts'
import { Tmpfs } from '../../src/fs/tmpfs/tmpfs.ts'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import type { RecordingLog } from '../../src/testing/harness.ts'
import { Harness, type HarnessOptions } from '../../src/testing/harness.ts'
import { Dentry } from '../../src/vfs/dentry.ts'

type Note = (...values: unknown[]) => void
type Main = (sys: Sys, note: Note) => Guest<unknown>

function noted(main: Main, options: HarnessOptions = {}): unknown[] {
  const seen: unknown[] = []
  const harness = new Harness(options)
  harness.run(function* (sys) {
    yield* main(sys, (...values) => seen.push(...values))
  })
  expect((harness.log as RecordingLog).lines).toEqual([])
  return seen
}

const overlaid: HarnessOptions = {
  rootFs: ({ platform, clock }) =>
    new OverlayFs({
      lower: new Tmpfs({ platform, clock, dev: 1, mode: 0o755 }),
      upper: new Tmpfs({ platform, clock, dev: 2 }),
      dev: 3,
    }),
}
const bytes = (text: string): Uint8Array => Uint8Array.from(text, c => c.charCodeAt(0))
const text = (data: Uint8Array, length: number): string =>
  String.fromCharCode(...data.subarray(0, length))

describe.each([
  ['tmpfs', {}],
  ['overlay', overlaid],
] as const)('%s', (_name, options) => {
  it('renameat2: NOREPLACE and EXCHANGE', () => {
    const rename: Main = function* (sys, note) {
      const move = (from: string, to: string, flags: number): Guest =>
        sys.renameat2(AT_FDCWD, from, AT_FDCWD, to, flags)
      yield* sys.mkdir('/d', 0o755)
      yield* sys.mkdir('/d/sub', 0o755)
      yield* sys.close(yield* sys.open('/f', O_CREAT | O_RDWR, 0o644))
      note(yield* move('/f', '/d', RENAME_NOREPLACE), yield* move('/f', '/g', RENAME_NOREPLACE))
      note(yield* move('/g', '/none', RENAME_EXCHANGE), yield* move('/g', '/d', RENAME_EXCHANGE))
      note(yield* sys.access('/g/sub', 0), yield* sys.rmdir('/d'), yield* sys.unlink('/d'))
      note(yield* move('/g', '/g/sub', 0), yield* move('/g', '/g/sub/x', RENAME_EXCHANGE))
      note(yield* sys.rmdir('/g'), yield* move('/g', '/h', 6))
      const stat: Record<string, number> = {}
      yield* sys.stat('/', stat)
      note(stat['st_nlink'] === 3 || stat['st_nlink'] === 1)
    }
    expect(noted(rename, options)).toEqual([
      ...[-EEXIST.code, 0, -ENOENT.code, 0, 0, -20, 0],
      ...[-EINVAL.code, -ENOENT.code, -ENOTEMPTY.code, -EINVAL.code, true],
    ])
  })

  it('O_TMPFILE files get a name through linkat', () => {
    const main: Main = function* (sys, note) {
      yield* sys.mkdir('/d', 0o755)
      const fd = yield* sys.open('/d', O_TMPFILE | O_RDWR, 0o600)
      note(yield* sys.write(fd, bytes('hello'), 5))
      const stat: Record<string, number> = {}
      yield* sys.fstat(fd, stat)
      note(stat['st_nlink'], stat['st_size'])
      note(yield* sys.linkat(fd, '', AT_FDCWD, '/d/named', AT_EMPTY_PATH))
      yield* sys.fstat(fd, stat)
      const data = new Uint8Array(9)
      const again = yield* sys.open('/d/named', O_RDONLY, 0)
      note(stat['st_nlink'], text(data, yield* sys.read(again, data, 9)))
      const locked = yield* sys.open('/d', O_TMPFILE | O_RDWR | O_EXCL, 0o600)
      note(yield* sys.linkat(locked, '', AT_FDCWD, '/d/x', AT_EMPTY_PATH))
      note(yield* sys.linkat(AT_FDCWD, '/d/none', AT_FDCWD, '/d/x', AT_SYMLINK_FOLLOW))
    }
    expect(noted(main, options)).toEqual([5, 0, 5, 0, 1, 'hello', -ENOENT.code, -ENOENT.code])
  })

  it('sparse files: SEEK_DATA, SEEK_HOLE, punched holes, blocks', () => {
    const main: Main = function* (sys, note) {
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      yield* sys.pwrite64(fd, bytes('x'), 1, 1 << 20)
      note(yield* sys.lseek(fd, 0, SEEK_DATA), yield* sys.lseek(fd, 0, SEEK_HOLE))
      yield* sys.pwrite64(fd, new Uint8Array(8192).fill(1), 8192, 0)
      const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
      note(yield* sys.fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096))
      note(yield* sys.fallocate(fd, mode, 0, 5000), yield* sys.lseek(fd, 0, SEEK_DATA))
      const data = new Uint8Array(2)
      yield* sys.pread64(fd, data, 2, 4999)
      const stat: Record<string, number> = {}
      yield* sys.fstat(fd, stat)
      note([...data], stat['st_blocks'], stat['st_size'])
    }
    const expected = [1 << 20, 0, -EOPNOTSUPP.code, 0, 4096, [0, 1], 16, (1 << 20) + 1]
    expect(noted(main, options)).toEqual(expected)
  })

  it('extended attributes', () => {
    const main: Main = function* (sys, note) {
      yield* sys.close(yield* sys.open('/f', O_CREAT | O_RDWR, 0o644))
      const data = new Uint8Array(50)
      note(yield* sys.setxattr('/f', 'user.a', bytes('one'), 3, 0))
      note(yield* sys.setxattr('/f', 'user.a', bytes('two'), 3, XATTR_CREATE))
      note(
        yield* sys.getxattr('/f', 'user.a', data, 2),
        yield* sys.getxattr('/f', 'user.a', null, 0),
      )
      note(text(data, yield* sys.getxattr('/f', 'user.a', data, 50)))
      note(yield* sys.getxattr('/f', 'user.b', data, 50))
      note(yield* sys.setxattr('/f', 'system.posix_acl_access', bytes('x'), 1, 0))
      note(yield* sys.setxattr('/f', 'odd', bytes('x'), 1, 0))
      note(text(data, yield* sys.listxattr('/f', data, 50)), yield* sys.removexattr('/f', 'user.a'))
      note(yield* sys.listxattr('/f', data, 50), yield* sys.removexattr('/f', 'user.a'))
    }
    const unsupported = -EOPNOTSUPP.code
    expect(noted(main, options)).toEqual([
      ...[0, -EEXIST.code, -ERANGE.code, 3, 'one', -ENODATA.code, unsupported, unsupported],
      ...['user.a\0', 0, 0, -ENODATA.code],
    ])
  })

  it('a file that is unlinked while open keeps its content, and gives its room back', () => {
    const main: Main = function* (sys, note) {
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      yield* sys.write(fd, bytes('stays'), 5)
      note(yield* sys.unlink('/f'), yield* sys.access('/f', 0))
      const data = new Uint8Array(9)
      note(text(data, yield* sys.pread64(fd, data, 9, 0)))
      note(yield* sys.close(fd))
    }
    expect(noted(main, options)).toEqual([0, -ENOENT.code, 'stays', 0])
  })
})

describe('descriptors', () => {
  it('flags, O_APPEND, O_PATH', () => {
    const main: Main = function* (sys, note) {
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR | O_APPEND, 0o644)
      note((yield* sys.fcntl(fd, F_GETFL, 0)) === (O_RDWR | O_APPEND | O_LARGEFILE))
      note(yield* sys.pwrite64(fd, bytes('ab'), 2, 0), yield* sys.pwrite64(fd, bytes('cd'), 2, 0))
      yield* sys.fcntl(fd, F_SETFL, O_NONBLOCK)
      note(yield* sys.pwrite64(fd, bytes('X'), 1, 0))
      const data = new Uint8Array(9)
      note(text(data, yield* sys.pread64(fd, data, 9, 0)))
      const copy = yield* sys.fcntl(fd, F_DUPFD_CLOEXEC, 10)
      note(copy, yield* sys.fcntl(copy, F_GETFD, 0), yield* sys.fcntl(fd, F_GETFD, 0))
      const path = yield* sys.open('/f', O_PATH | O_RDWR, 0)
      note(yield* sys.read(path, data, 1), yield* sys.fchmod(path, 0), yield* sys.fsync(path))
      note(yield* sys.close_range(3, 20, 0), yield* sys.fcntl(copy, F_GETFD, 0))
    }
    expect(noted(main)).toEqual([
      ...[true, 2, 2, 1, 'Xbcd', 10, 1, 0, -EBADF.code, -EBADF.code, -EBADF.code],
      ...[0, -EBADF.code],
    ])
  })

  it('RLIMIT_FSIZE cuts a write short, then SIGXFSZ and EFBIG', () => {
    const signals: number[] = []
    const main: Main = function* (sys, note) {
      yield* sys.handle(SIGXFSZ, function* () {
        signals.push(SIGXFSZ)
      })
      yield* sys.setrlimit(RLIMIT_FSIZE, { rlim_cur: 10, rlim_max: 10 })
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      note(yield* sys.write(fd, new Uint8Array(20), 20), yield* sys.write(fd, bytes('x'), 1))
      note(yield* sys.ftruncate(fd, 11), yield* sys.ftruncate(fd, 3))
    }
    expect(noted(main)).toEqual([10, -EFBIG.code, -EFBIG.code, 0])
    expect(signals).toEqual([SIGXFSZ, SIGXFSZ])
  })

  it('opening a FIFO waits for the other side', () => {
    const main: Main = function* (sys, note) {
      note(yield* sys.mknod('/fifo', S_IFIFO | 0o600, 0))
      const pid = yield* sys.fork(function* (child) {
        const fd = yield* child.open('/fifo', O_WRONLY, 0)
        note('writer')
        yield* child.write(fd, bytes('hi'), 2)
        return 0
      })
      note('reader opens')
      const fd = yield* sys.open('/fifo', O_RDONLY, 0)
      const data = new Uint8Array(4)
      note(text(data, yield* sys.read(fd, data, 4)), yield* sys.read(fd, data, 4))
      yield* sys.wait4(pid, null, 0, null)
    }
    expect(noted(main)).toEqual([0, 'reader opens', 'writer', 'hi', 0])
  })

  it('names stay right when their cache entries are evicted', () => {
    const harness = new Harness()
    const seen: unknown[] = []
    harness.run(function* (sys) {
      yield* sys.mkdir('/d', 0o755)
      yield* sys.mkdir('/d/held', 0o755)
      yield* sys.chdir('/d/held')
      harness.mounts.root.root.cache.limit = 50
      for (let i = 0; i < 200; i++) {
        yield* sys.close(yield* sys.open(`/d/f${i}`, O_CREAT | O_RDWR, 0o644))
        yield* sys.access(`/d/missing${i}`, 0)
      }
      seen.push(harness.mounts.root.root.cache.count <= 51)
      for (let i = 0; i < 200; i++) seen.push(yield* sys.access(`/d/f${i}`, 0))
      yield* sys.rename('/d/held', '/d/renamed')
      const data = new Uint8Array(40)
      seen.push(text(data, (yield* sys.getcwd(data, 40)) - 1))
      yield* sys.rmdir('/d/renamed')
      seen.push(yield* sys.getcwd(data, 40))
    })
    expect(seen).toEqual([true, ...new Array(200).fill(0), '/d/renamed', -ENOENT.code])
  })

  it('names in use are not looked at each time that one more is cached', () => {
    const looked = vi.spyOn(Dentry.prototype, 'inUse', 'get')
    const root = new Dentry('', undefined, undefined)
    root.cache.limit = 50
    for (let i = 0; i < 2000; i++) {
      const child = new Dentry(`f${i}`, root, undefined)
      child.mountCount = 1
      root.add(child)
    }
    expect(root.cache.count).toBe(2000)
    expect(looked.mock.calls.length).toBeLessThan(20 * 2000)
    looked.mockRestore()
  })
})
