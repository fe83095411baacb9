// splice, tee, sendfile, copy_file_range, memfd seals, inotify as guests see them.
import {
  EAGAIN,
  EINVAL,
  EPERM,
  ESPIPE,
  F_ADD_SEALS,
  F_GET_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_IGNORED,
  IN_MODIFY,
  IN_NONBLOCK,
  IN_OPEN,
  MFD_ALLOW_SEALING,
  O_CREAT,
  O_RDWR,
  O_WRONLY,
  SEEK_CUR,
  SEEK_SET,
  SPLICE_F_NONBLOCK,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import type { Sys } from '../../src/testing/guest.ts'
import { runGuest } from '../../src/testing/index.ts'

const text = (data: Uint8Array, length: number) => String.fromCharCode(...data.subarray(0, length))
const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
function* pipe(sys: Sys) {
  const fds = { value: [0, 0] }
  expect(yield* sys.pipe2(fds, 0)).toBe(0)
  return fds.value as [number, number]
}
function* fileWith(sys: Sys, path: string, content: string) {
  const fd = yield* sys.open(path, O_CREAT | O_RDWR, 0o600)
  yield* sys.write(fd, bytes(content), content.length)
  yield* sys.lseek(fd, 0, SEEK_SET)
  return fd
}
function* all(sys: Sys, fd: number) {
  const data = new Uint8Array(1000)
  const n = yield* sys.read(fd, data, 1000)
  return n < 0 ? n : text(data, n)
}

describe('moving bytes between files', () => {
  test('splice through a pipe, tee a copy', () => {
    runGuest(function* (sys) {
      const from = yield* fileWith(sys, '/from', 'hello splice')
      const to = yield* fileWith(sys, '/to', '')
      const [r, w] = yield* pipe(sys)
      const [r2, w2] = yield* pipe(sys)
      expect(yield* sys.splice(from, null, w, null, 5, 0)).toBe(5)
      expect(yield* sys.lseek(from, 0, SEEK_CUR)).toBe(5)
      const at = { value: 6 }
      expect(yield* sys.splice(from, at, w, null, 100, 0)).toBe(6)
      expect(at.value).toBe(12)
      expect(yield* sys.lseek(from, 0, SEEK_CUR)).toBe(5)
      expect(yield* sys.tee(r, w2, 100, 0)).toBe(11)
      expect(yield* all(sys, r2)).toBe('hellosplice')
      expect(yield* sys.splice(r, null, to, null, 7, 0)).toBe(7)
      expect(yield* sys.splice(r, null, w2, null, 100, 0)).toBe(4)
      expect(yield* all(sys, r2)).toBe('lice')
      expect(yield* sys.splice(r, null, w2, null, 1, SPLICE_F_NONBLOCK)).toBe(-EAGAIN.code)
      expect(yield* sys.splice(from, null, to, null, 1, 0)).toBe(-EINVAL.code)
      expect(yield* sys.splice(r, { value: 0 }, to, null, 1, 0)).toBe(-ESPIPE.code)
      yield* sys.lseek(to, 0, SEEK_SET)
      expect(yield* all(sys, to)).toBe('hellosp')
    })
  })

  test('sendfile and copy_file_range', () => {
    runGuest(function* (sys) {
      const from = yield* fileWith(sys, '/from', '0123456789')
      const to = yield* fileWith(sys, '/to', '')
      const [r, w] = yield* pipe(sys)
      expect(yield* sys.sendfile(w, from, { value: 4 }, 3)).toBe(3)
      expect(yield* all(sys, r)).toBe('456')
      expect(yield* sys.sendfile(to, from, null, 100)).toBe(10)
      expect(yield* sys.sendfile(to, r, null, 1)).toBe(-EINVAL.code)
      expect(yield* sys.copy_file_range(from, { value: 8 }, to, null, 100, 0)).toBe(2)
      expect(yield* sys.copy_file_range(from, { value: 0 }, from, { value: 5 }, 6, 0)).toBe(
        -EINVAL.code,
      )
      yield* sys.lseek(to, 0, SEEK_SET)
      expect(yield* all(sys, to)).toBe('012345678989')
    })
  })
})

describe('memfd', () => {
  test('seals', () => {
    runGuest(function* (sys) {
      const plain = yield* sys.memfd_create('plain', 0)
      expect(yield* sys.fcntl(plain, F_GET_SEALS, 0)).toBe(F_SEAL_SEAL)
      expect(yield* sys.fcntl(plain, F_ADD_SEALS, F_SEAL_WRITE)).toBe(-EPERM.code)
      const fd = yield* sys.memfd_create('sealed', MFD_ALLOW_SEALING)
      expect(yield* sys.write(fd, bytes('abc'), 3)).toBe(3)
      expect(yield* sys.fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)).toBe(0)
      expect(yield* sys.ftruncate(fd, 2)).toBe(-EPERM.code)
      expect(yield* sys.ftruncate(fd, 4)).toBe(-EPERM.code)
      expect(yield* sys.pwrite64(fd, bytes('xy'), 2, 2)).toBe(-EPERM.code)
      expect(yield* sys.pwrite64(fd, bytes('xy'), 2, 0)).toBe(2)
      expect(yield* sys.fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL)).toBe(0)
      expect(yield* sys.pwrite64(fd, bytes('z'), 1, 0)).toBe(-EPERM.code)
      expect(yield* sys.fcntl(fd, F_GET_SEALS, 0)).toBe(15)
      const file = yield* fileWith(sys, '/f', '')
      expect(yield* sys.fcntl(file, F_GET_SEALS, 0)).toBe(-EINVAL.code)
    })
  })
})

describe('inotify', () => {
  test('what happens to a directory and to a file in it', () => {
    runGuest(function* (sys) {
      yield* sys.mkdir('/d', 0o700)
      const fd = yield* sys.inotify_init1(IN_NONBLOCK)
      const wd = yield* sys.inotify_add_watch(
        fd,
        '/d',
        IN_CREATE | IN_DELETE | IN_OPEN | IN_MODIFY | IN_CLOSE_WRITE,
      )
      expect(wd).toBe(1)
      const file = yield* sys.open('/d/name', O_CREAT | O_WRONLY, 0o600)
      const own = yield* sys.inotify_add_watch(fd, '/d/name', IN_DELETE_SELF)
      yield* sys.write(file, bytes('x'), 1)
      yield* sys.write(file, bytes('y'), 1)
      yield* sys.close(file)
      yield* sys.unlink('/d/name')
      const data = new Uint8Array(1024)
      expect(yield* sys.read(fd, data, 15)).toBe(-EINVAL.code)
      const n = yield* sys.read(fd, data, 1024)
      const view = new DataView(data.buffer)
      const events = []
      for (let at = 0; at < n; at += 16 + view.getUint32(at + 12, true)) {
        const length = view.getUint32(at + 12, true)
        const name = text(data.subarray(at + 16), length).replaceAll('\0', '')
        events.push([view.getInt32(at, true), view.getUint32(at + 4, true), name])
      }
      const named = (mask: number) => [wd, mask, 'name']
      expect(events).toEqual([
        named(IN_CREATE),
        named(IN_OPEN),
        named(IN_MODIFY),
        named(IN_CLOSE_WRITE),
        [own, IN_DELETE_SELF, ''],
        [own, IN_IGNORED, ''],
        named(IN_DELETE),
      ])
      expect(yield* sys.read(fd, data, 1024)).toBe(-EAGAIN.code)
    })
  })
})
