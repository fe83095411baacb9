// Mounts, mount namespaces, and paths across them.

import {
  AT_FDCWD,
  EBUSY,
  EINVAL,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EROFS,
  EXDEV,
  MNT_DETACH,
  MS_BIND,
  MS_MOVE,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CREAT,
  O_DIRECTORY,
  O_RDWR,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '@tsvisor/abi'
import { describe, expect, it } from 'vitest'
import { Tmpfs } from '../../src/fs/tmpfs/tmpfs.ts'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import type { RecordingLog } from '../../src/testing/harness.ts'
import { Harness } from '../../src/testing/harness.ts'

/** Runs a guest and answers what it noted. */
function noted(
  main: (sys: Sys, note: (...values: unknown[]) => void) => Guest<unknown>,
): unknown[] {
  const seen: unknown[] = []
  const harness = new Harness()
  harness.run(function* (sys) {
    yield* main(sys, (...values) => seen.push(...values))
  })
  expect((harness.log as RecordingLog).lines).toEqual([])
  return seen
}

function* cwd(sys: Sys): Guest<string> {
  const data = new Uint8Array(200)
  const length = yield* sys.getcwd(data, data.length)
  return length < 0 ? `error ${-length}` : String.fromCharCode(...data.subarray(0, length - 1))
}
function* touch(sys: Sys, path: string): Guest {
  const fd = yield* sys.open(path, O_CREAT | O_RDWR, 0o644)
  if (fd < 0) return fd
  return yield* sys.close(fd)
}

describe('mounts', () => {
  it('cover what was there, and show it again after umount', () => {
    expect(
      noted(function* (sys, note) {
        yield* sys.mkdir('/m', 0o755)
        yield* touch(sys, '/m/below')
        note(yield* sys.mount('none', '/m', 'tmpfs', 0, 'size=64k,mode=700'))
        note(yield* sys.access('/m/below', 0), yield* touch(sys, '/m/above'))
        note(yield* sys.rename('/m/above', '/x'), yield* sys.rmdir('/m'))
        const fd = yield* sys.open('/m/above', O_RDWR, 0)
        note(yield* sys.umount2('/m', 0), yield* sys.close(fd))
        note(yield* sys.chdir('/m'), yield* sys.umount2('/m', 0), yield* sys.chdir('/'))
        note(yield* sys.umount2('/m', 0), yield* sys.access('/m/below', 0))
        note(yield* sys.umount2('/m', 0))
      }),
    ).toEqual([
      ...[0, -ENOENT.code, 0, -EXDEV.code, -EBUSY.code, -EBUSY.code, 0],
      ...[0, -EBUSY.code, 0, 0, 0, -EINVAL.code],
    ])
  })

  it('size= limits what a file may take, and gives room back', () => {
    expect(
      noted(function* (sys, note) {
        yield* sys.mkdir('/m', 0o755)
        yield* sys.mount('none', '/m', 'tmpfs', 0, 'size=16k')
        const fd = yield* sys.open('/m/f', O_CREAT | O_RDWR, 0o644)
        const data = new Uint8Array(20_000).fill(1)
        note(yield* sys.write(fd, data, data.length), yield* sys.write(fd, data, 1))
        yield* sys.unlink('/m/f')
        const stat: Record<string, unknown> = {}
        yield* sys.statfs('/m', stat)
        note(stat['f_bfree'])
        yield* sys.close(fd)
        yield* sys.statfs('/m', stat)
        note(stat['f_bfree'])
      }),
    ).toEqual([16_384, -28, 0, 4])
  })

  it('read-only remount of a bind leaves the original writable', () => {
    expect(
      noted(function* (sys, note) {
        yield* sys.mkdir('/a', 0o755)
        yield* sys.mkdir('/a/sub', 0o755)
        yield* sys.mkdir('/b', 0o755)
        note(yield* sys.mount('none', '/a/sub', 'tmpfs', 0, ''))
        note(yield* sys.mount('/a', '/b', null, MS_BIND | MS_REC, null))
        note(yield* sys.mount(null, '/b', null, MS_BIND | MS_REMOUNT | MS_RDONLY, null))
        note(yield* touch(sys, '/b/f'), yield* touch(sys, '/a/f'), yield* sys.access('/b/f', 0))
        // Recursive: the tmpfs came along, as a mount of its own.
        note(yield* touch(sys, '/b/sub/g'), yield* sys.access('/a/sub/g', 0))
        yield* sys.chdir('/b/sub')
        note(yield* cwd(sys), yield* sys.chdir('..'), yield* cwd(sys))
      }),
    ).toEqual([0, 0, 0, -EROFS.code, 0, 0, 0, 0, '/b/sub', 0, '/b'])
  })

  it('MS_MOVE, MNT_DETACH and unreachable working directories', () => {
    expect(
      noted(function* (sys, note) {
        yield* sys.mkdir('/a', 0o755)
        yield* sys.mkdir('/b', 0o755)
        yield* sys.mount('none', '/a', 'tmpfs', 0, '')
        yield* sys.mkdir('/a/d', 0o755)
        yield* sys.mount('none', '/a/d', 'tmpfs', 0, '')
        note(yield* sys.mount('/a', '/a/d', null, MS_MOVE, null))
        note(yield* sys.mount('/a', '/b', null, MS_MOVE, null), yield* sys.access('/b/d', 0))
        yield* sys.chdir('/b/d')
        note(yield* cwd(sys), yield* sys.umount2('/b', 0))
        note(yield* sys.umount2('/b', MNT_DETACH), yield* cwd(sys))
        note(yield* sys.access('/b/d', 0), yield* touch(sys, 'still'), yield* sys.chdir('/'))
      }),
    ).toEqual([-ELOOP.code, 0, 0, '/b/d', -EBUSY.code, 0, '(unreachable)/', -ENOENT.code, 0, 0])
  })

  it('pivot_root puts the old root where it was told', () => {
    expect(
      noted(function* (sys, note) {
        yield* touch(sys, '/old-file')
        yield* sys.mkdir('/new', 0o755)
        note(yield* sys.pivot_root('/new', '/new'))
        yield* sys.mount('none', '/new', 'tmpfs', 0, '')
        yield* sys.mkdir('/new/put', 0o755)
        note(yield* sys.pivot_root('/new', '/new/put'))
        note(yield* sys.access('/put/old-file', 0), yield* cwd(sys))
        note(yield* sys.umount2('/put', MNT_DETACH), yield* sys.access('/put/old-file', 0))
        note(yield* sys.access('/put', 0), yield* sys.chdir('/..'), yield* cwd(sys))
      }),
    ).toEqual([-EBUSY.code, 0, 0, '/', 0, -ENOENT.code, 0, 0, '/'])
  })

  it('openat2 stays where RESOLVE_* says', () => {
    expect(
      noted(function* (sys, note) {
        yield* sys.mkdir('/d', 0o755)
        yield* sys.mkdir('/d/m', 0o755)
        yield* sys.mount('none', '/d/m', 'tmpfs', 0, '')
        yield* touch(sys, '/top')
        yield* touch(sys, '/d/in')
        yield* sys.symlink('/in', '/d/absolute')
        yield* sys.symlink('../top', '/d/up')
        yield* sys.symlink('in', '/d/plain')
        const dir = yield* sys.open('/d', O_DIRECTORY, 0)
        const open = function* (path: string, resolve: number): Guest {
          const how = { flags: 0n, mode: 0n, resolve: BigInt(resolve) }
          const fd = yield* sys.openat2(dir, path, how, 24)
          if (fd < 0) return fd
          return yield* sys.close(fd)
        }
        note(yield* open('in', RESOLVE_BENEATH), yield* open('m/../in', RESOLVE_BENEATH))
        note(yield* open('../top', RESOLVE_BENEATH), yield* open('/top', RESOLVE_BENEATH))
        note(yield* open('up', RESOLVE_BENEATH), yield* open('absolute', RESOLVE_BENEATH))
        note(yield* open('absolute', RESOLVE_IN_ROOT), yield* open('../../in', RESOLVE_IN_ROOT))
        note(yield* open('up', RESOLVE_IN_ROOT), yield* open('plain', RESOLVE_NO_SYMLINKS))
        note(yield* open('m', RESOLVE_NO_XDEV), yield* open('in/', 0), yield* open('in', 0x1000))
        note(yield* sys.openat(AT_FDCWD, '/d/plain', 0o400000, 0))
      }),
    ).toEqual([
      ...[0, 0, -EXDEV.code, -EXDEV.code, -EXDEV.code, -EXDEV.code, 0, 0],
      ...[-ENOENT.code, -ELOOP.code, -EXDEV.code, -ENOTDIR.code, -EINVAL.code, -ELOOP.code],
    ])
  })

  it('a file system lives until its last mount and its last open file are gone', () => {
    const released: string[] = []
    const harness = new Harness()
    const { platform, clock } = harness
    class Watched extends Tmpfs {
      override release(): void {
        released.push('released')
        super.release()
      }
    }
    harness.rootFs.root.mkdir('m', 0o755, { uid: 0, gid: 0 })
    const fs = new Watched({ platform, clock, dev: 9, size: 1 << 20 })
    harness.mounts.mount('/m', fs, 0, 'none')
    harness.run(function* (sys) {
      yield* sys.mkdir('/n', 0o755)
      yield* sys.mount('/m', '/n', null, MS_BIND, null)
      const fd = yield* sys.open('/m/f', O_CREAT | O_RDWR, 0o644)
      yield* sys.write(fd, new Uint8Array(5000), 5000)
      yield* sys.umount2('/m', MNT_DETACH)
      released.push('one left')
      yield* sys.umount2('/n', 0)
      released.push(`${fs.budget.pages} pages`)
      yield* sys.close(fd)
      released.push(`${fs.budget.pages} pages`)
    })
    expect(released).toEqual(['one left', '2 pages', 'released', '0 pages'])
  })
})
