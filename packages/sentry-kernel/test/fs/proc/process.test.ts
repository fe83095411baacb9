// /proc/PID on a kernel of our own: contents, lifetimes, who may look.
import {
  EACCES,
  EINVAL,
  EIO,
  ENOENT,
  ENXIO,
  EPERM,
  ESRCH,
  O_CREAT,
  O_NONBLOCK,
  O_RDWR,
  O_WRONLY,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { byteString } from '../../../src/mm/user-memory.ts'
import { ALL_CAPABILITIES, userCredentials } from '../../../src/task/credentials.ts'
import type { Sys } from '../../../src/testing/index.ts'
import {
  listDirectory,
  procHarness,
  readFile,
  readLink,
  runWithProc,
  tryRead,
  writeFile,
} from './proc-guest.ts'

describe('names and numbers', () => {
  test('self, thread-self and the list of processes', () => {
    runWithProc(function* (sys) {
      expect(yield* readLink(sys, '/proc/self')).toBe('1')
      expect(yield* readLink(sys, '/proc/thread-self')).toBe('1/task/1')
      yield* sys.fork(function* (child) {
        yield* child.pause()
      })
      const names = yield* listDirectory(sys, '/proc', 200)
      expect(names.filter(name => /^\d/.test(name))).toEqual(['1', '2'])
      expect(new Set(names).size).toBe(names.length)
      expect(yield* listDirectory(sys, '/proc/1/task')).toEqual(['.', '..', '1'])
      expect(yield* tryRead(sys, '/proc/01/stat')).toBe(-ENOENT.code)
      expect(yield* tryRead(sys, '/proc/3/stat')).toBe(-ENOENT.code)
      expect(yield* sys.open('/proc/new', O_CREAT | O_RDWR, 0o644)).toBe(-ENOENT.code)
      expect(yield* sys.mkdir('/proc/new', 0o755)).toBe(-ENOENT.code)
      yield* sys.kill(2, 9)
      yield* sys.wait4(2, null, 0, null)
    })
  })

  test('inode numbers stay, and are those that readdir shows', () => {
    runWithProc(function* (sys) {
      const inoOf = function* (path: string) {
        const stat = { st_ino: 0 }
        expect(yield* sys.stat(path, stat)).toBe(0)
        return stat.st_ino
      }
      const first = yield* inoOf('/proc/1/status')
      expect(yield* inoOf('/proc/self/status')).toBe(first)
      expect(yield* inoOf('/proc/1/stat')).not.toBe(first)
      expect(yield* inoOf('/proc')).toBe(1)
    })
  })

  test('a zombie: no memory, no files; then nothing at all', () => {
    runWithProc(function* (sys) {
      const pid = yield* sys.fork(function* () {})
      const held = yield* sys.open(`/proc/${pid}/stat`, 0, 0)
      const directory = yield* sys.open(`/proc/${pid}`, 0o200000, 0)
      while (!(yield* readFile(sys, `/proc/${pid}/stat`)).includes(') Z ')) yield* sys.sched_yield()
      expect(yield* readFile(sys, `/proc/${pid}/cmdline`)).toBe('')
      expect(yield* readFile(sys, `/proc/${pid}/maps`)).toBe('')
      expect(yield* readFile(sys, `/proc/${pid}/status`)).toContain(
        'State:\tZ (zombie)\nTgid:\t2\n',
      )
      expect(yield* readFile(sys, `/proc/${pid}/status`)).not.toContain('VmSize')
      expect(yield* readLink(sys, `/proc/${pid}/exe`)).toBe(-ENOENT.code)
      expect(yield* readLink(sys, `/proc/${pid}/cwd`)).toBe(-ENOENT.code)
      yield* sys.wait4(pid, null, 0, null)
      expect(yield* tryRead(sys, `/proc/${pid}/stat`)).toBe(-ENOENT.code)
      const buffer = new Uint8Array(100)
      expect(yield* sys.read(held, buffer, 100)).toBe(-ESRCH.code)
      expect(yield* sys.getdents64(directory, buffer, 100)).toBe(-ENOENT.code)
    })
  })
})

describe('memory', () => {
  test('mem reads and writes at addresses; holes are EIO', () => {
    runWithProc(function* (sys) {
      const at = sys.alloc(16)
      sys.memory.write(at, Uint8Array.from([1, 2, 3, 4]))
      const fd = yield* sys.open('/proc/self/mem', O_RDWR, 0)
      const buffer = new Uint8Array(4)
      expect(yield* sys.pread64(fd, buffer, 4, at)).toBe(4)
      expect([...buffer]).toEqual([1, 2, 3, 4])
      expect(yield* sys.pwrite64(fd, Uint8Array.of(9), 1, at + 1)).toBe(1)
      expect(sys.memory.u32(at)).toBe(0x04030901)
      expect(yield* sys.pread64(fd, buffer, 4, 0)).toBe(-EIO.code)
      expect(yield* sys.lseek(fd, at, 0)).toBe(at)
      expect(yield* sys.lseek(fd, 0, 2)).toBe(-EINVAL.code)
    })
  })

  test('maps, smaps and statm tell of a mapping', () => {
    runWithProc(function* (sys) {
      const at = yield* sys.mmap(0, 8192, 3, 0x22, -1, 0)
      const range = `${at.toString(16)}-${(at + 8192).toString(16)}`
      expect(yield* readFile(sys, '/proc/self/maps')).toContain(`${range} rw-p 00000000 00:00 0 \n`)
      expect(yield* readFile(sys, '/proc/self/smaps')).toMatch(
        new RegExp(`${range} .*\nSize:                  8 kB\n`),
      )
      expect(yield* readFile(sys, '/proc/self/statm')).toMatch(/^2 \d+ \d+ \d+ 0 2 0\n$/)
      yield* sys.munmap(at, 8192)
      expect(yield* readFile(sys, '/proc/self/maps')).toBe('')
    })
  })
})

describe('open files', () => {
  test('fd: text, mode and what it leads to', () => {
    runWithProc(function* (sys) {
      const fd = yield* sys.open('/tmp/a file', O_CREAT | O_WRONLY, 0o600)
      yield* sys.write(fd, Uint8Array.from([104, 105]), 2)
      expect(yield* readLink(sys, `/proc/self/fd/${fd}`)).toBe('/tmp/a file')
      yield* sys.unlink('/tmp/a file')
      expect(yield* readLink(sys, `/proc/self/fd/${fd}`)).toBe('/tmp/a file (deleted)')
      // Opened anew, with its own access mode and position.
      expect(yield* readFile(sys, `/proc/self/fd/${fd}`)).toBe('hi')
      expect(yield* readFile(sys, `/proc/self/fdinfo/${fd}`)).toMatch(
        /^pos:\t2\nflags:\t0100001\nmnt_id:\t\d+\nino:\t\d+\n/,
      )
      const stat = { st_mode: 0 }
      yield* sys.lstat(`/proc/self/fd/${fd}`, stat)
      expect(stat.st_mode).toBe(0o120300)
      expect(yield* readLink(sys, '/proc/self/fd/99')).toBe(-ENOENT.code)
      expect(yield* readLink(sys, `/proc/self/fd/0${fd}`)).toBe(-ENOENT.code)
    })
  })

  test('a pipe is reached again; what cannot be opened by name is ENXIO', () => {
    runWithProc(function* (sys) {
      const ends = sys.alloc(8)
      yield* sys.pipe2(ends, 0)
      const [reader, writer] = [sys.memory.u32(ends), sys.memory.u32(ends + 4)]
      expect(yield* readLink(sys, `/proc/self/fd/${reader}`)).toMatch(/^pipe:\[\d+\]$/)
      const again = yield* sys.open(`/proc/self/fd/${writer}`, O_WRONLY, 0)
      expect(yield* readLink(sys, `/proc/self/fd/${again}`)).toBe(
        yield* readLink(sys, `/proc/self/fd/${reader}`),
      )
      yield* sys.write(again, Uint8Array.of(7), 1)
      const buffer = new Uint8Array(1)
      yield* sys.read(reader, buffer, 1)
      expect(buffer[0]).toBe(7)
      const event = yield* sys.eventfd2(0, O_NONBLOCK)
      expect(yield* readLink(sys, `/proc/self/fd/${event}`)).toBe('anon_inode:[eventfd]')
      expect(yield* sys.open(`/proc/self/fd/${event}`, O_RDWR, 0)).toBe(-ENXIO.code)
    })
  })

  test('ns links can be opened', () => {
    runWithProc(function* (sys) {
      expect(yield* readLink(sys, '/proc/self/ns/pid')).toBe('pid:[4026531836]')
      const fd = yield* sys.open('/proc/self/ns/uts', 0, 0)
      expect(fd).toBeGreaterThanOrEqual(0)
      expect(yield* readLink(sys, `/proc/self/fd/${fd}`)).toBe('uts:[4026531838]')
    })
  })
})

describe('who may look', () => {
  const asUser = function* (sys: Sys) {
    yield* sys.setresgid(1000, 1000, 1000)
    expect(yield* sys.setresuid(1000, 1000, 1000)).toBe(0)
  }

  test("another user's private files", () => {
    runWithProc(function* (sys) {
      const pid = yield* sys.fork(function* (child) {
        yield* asUser(child)
        expect(yield* readFile(child, '/proc/1/status')).toContain('Uid:\t0\t0\t0\t0\n')
        const stat = (yield* readFile(child, '/proc/1/stat')).split(' ')
        expect(stat).toHaveLength(52)
        for (const name of ['environ', 'auxv', 'mem', 'maps', 'personality', 'syscall'])
          expect(yield* tryRead(child, `/proc/1/${name}`)).toBe(-EACCES.code)
        for (const name of ['exe', 'cwd', 'root', 'ns/pid'])
          expect(yield* readLink(child, `/proc/1/${name}`)).toBe(-EACCES.code)
        expect(yield* child.open('/proc/1/fd', 0, 0)).toBe(-EACCES.code)
        expect(yield* writeFile(child, '/proc/1/oom_score_adj', '5')).toBe(-EACCES.code)
        yield* child.exit_group(3)
      })
      const status = { value: 0 }
      yield* sys.wait4(pid, status, 0, null)
      expect(status.value).toBe(3 << 8)
    })
  })

  test('hidepid=invisible', () => {
    const harness = procHarness({}, { hidePid: 'invisible', gid: 5 })
    let seen: string[] = []
    harness.run(function* (sys) {
      yield* sys.fork(function* (child) {
        yield* asUser(child)
        seen = (yield* listDirectory(child, '/proc')).filter(name => /^\d/.test(name))
        expect(yield* tryRead(child, '/proc/1/stat')).toBe(-ENOENT.code)
      })
      yield* sys.wait4(-1, null, 0, null)
    })
    expect(seen).toEqual(['2'])
    expect(harness.mounts.find('/proc').mount.fs.options()).toEqual(['gid=5', 'hidepid=invisible'])
  })

  test('a user who lacks the capability', () => {
    const creds = userCredentials(0, 0, ALL_CAPABILITIES & ~(1n << 24n))
    runWithProc(
      function* (sys) {
        expect(yield* writeFile(sys, '/proc/self/oom_score_adj', '100')).toBe(3)
        expect(yield* readFile(sys, '/proc/self/oom_score_adj')).toBe('100\n')
        expect(yield* writeFile(sys, '/proc/self/oom_score_adj', '-1')).toBe(-EACCES.code)
      },
      { creds },
    )
  })
})

describe('what can be set', () => {
  test('comm', () => {
    runWithProc(function* (sys) {
      expect(yield* writeFile(sys, '/proc/self/comm', 'a name longer than fits')).toBe(23)
      expect(yield* readFile(sys, '/proc/self/comm')).toBe('a name longer t\n')
      const pid = yield* sys.fork(function* (child) {
        expect(yield* writeFile(child, '/proc/1/comm', 'x')).toBe(-EINVAL.code)
      })
      yield* sys.wait4(pid, null, 0, null)
    })
  })

  test('hostile values', () => {
    runWithProc(function* (sys) {
      for (const text of ['', 'x', '1001', '-1001', '5 5', '0x', '99999999999999999999'])
        if (text !== '')
          expect(yield* writeFile(sys, '/proc/self/oom_score_adj', text)).toBe(-EINVAL.code)
      expect(yield* writeFile(sys, '/proc/self/uid_map', '0 0 1')).toBe(-EPERM.code)
      expect(yield* writeFile(sys, '/proc/self/clear_refs', '6')).toBe(-EINVAL.code)
      expect(yield* writeFile(sys, '/proc/self/coredump_filter', '0x7f')).toBe(4)
      expect(yield* readFile(sys, '/proc/self/coredump_filter')).toBe('0000007f\n')
    })
  })

  test('partial reads go on where they stopped, on one snapshot', () => {
    runWithProc(function* (sys) {
      const whole = yield* readFile(sys, '/proc/self/limits')
      const fd = yield* sys.open('/proc/self/limits', 0, 0)
      const buffer = new Uint8Array(7)
      let text = ''
      for (;;) {
        const got = yield* sys.read(fd, buffer, 7)
        if (got === 0) break
        text += byteString(buffer.subarray(0, got))
      }
      expect(text).toBe(whole)
      expect(yield* sys.pread64(fd, buffer, 7, 2 ** 40)).toBe(0)
      expect(yield* sys.lseek(fd, -1, 0)).toBe(-EINVAL.code)
    })
  })
})
