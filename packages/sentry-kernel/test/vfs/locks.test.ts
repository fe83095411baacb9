// flock, POSIX and open file description locks.

import {
  EAGAIN,
  EBADF,
  EDEADLK,
  F_GETLK,
  F_OFD_SETLK,
  F_RDLCK,
  F_SETLK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  flock,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
} from '@tsvisor/abi'
import { describe, expect, it } from 'vitest'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/harness.ts'
import { setRange } from '../../src/vfs/lock/lock-range.ts'

const range = (type: number, start: number, length: number): Uint8Array =>
  flock.encode({ l_type: type, l_whence: 0, l_start: start, l_len: length, l_pid: 0 })

/** fcntl with a struct flock; what the kernel wrote back is in `data`. */
function* lock(sys: Sys, fd: number, cmd: number, data: Uint8Array): Guest {
  const at = sys.alloc(32)
  sys.memory.write(at, data)
  const result = yield* sys.fcntl(fd, cmd, at)
  data.set(sys.memory.read(at, data.length))
  return result
}

describe('locks', () => {
  it('ranges split, join and change kind', () => {
    const owner = {}
    const make = (start: number, end: number, type: 'shared' | 'exclusive' = 'exclusive') => ({
      owner,
      type,
      start,
      end,
      pid: undefined,
    })
    const show = (ranges: readonly { start: number; end: number; type: string }[]) =>
      ranges.map(r => `${r.type[0]}${r.start}-${r.end}`).join(' ')
    let held = setRange([], make(0, 99), 'lock')
    held = setRange(held, make(40, 59), 'unlock')
    expect(show(held)).toBe('e0-39 e60-99')
    held = setRange(held, make(40, 59), 'lock')
    expect(show(held)).toBe('e0-99')
    held = setRange(held, make(10, 19, 'shared'), 'lock')
    expect(show(held)).toBe('e0-9 s10-19 e20-99')
    held = setRange(held, make(50, Number.POSITIVE_INFINITY), 'lock')
    expect(show(held)).toBe('e0-9 s10-19 e20-Infinity')
    expect(show(setRange(held, make(0, Number.POSITIVE_INFINITY), 'unlock'))).toBe('')
  })

  it('POSIX locks conflict between processes, not within one, and go with any close', () => {
    const seen: unknown[] = []
    new Harness().run(function* (sys) {
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      const other = yield* sys.open('/f', O_RDONLY, 0)
      seen.push(yield* lock(sys, fd, F_SETLK, range(F_WRLCK, 10, 10)))
      seen.push(yield* lock(sys, other, F_SETLK, range(F_WRLCK, 0, 0)))
      const pid = yield* sys.fork(function* (child) {
        seen.push(yield* lock(child, fd, F_SETLK, range(F_RDLCK, 0, 11)))
        const asked = range(F_RDLCK, 0, 0)
        yield* lock(child, fd, F_GETLK, asked)
        seen.push(flock.decode(asked))
        seen.push(yield* lock(child, fd, F_SETLKW, range(F_WRLCK, 15, 1)))
        return 0
      })
      yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 0 }, null)
      seen.push('closes')
      yield* sys.close(other)
      yield* sys.wait4(pid, null, 0, null)
    })
    expect(seen).toEqual([
      0,
      -EBADF.code,
      -EAGAIN.code,
      { l_type: F_WRLCK, l_whence: 0, l_start: 10, l_len: 10, l_pid: 1 },
      'closes',
      0,
    ])
  })

  it('finds deadlocks', () => {
    const seen: unknown[] = []
    new Harness().run(function* (sys) {
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      yield* lock(sys, fd, F_SETLK, range(F_WRLCK, 0, 1))
      const pid = yield* sys.fork(function* (child) {
        yield* lock(child, fd, F_SETLK, range(F_WRLCK, 1, 1))
        seen.push(['child', yield* lock(child, fd, F_SETLKW, range(F_WRLCK, 0, 1))])
        return 0
      })
      yield* sys.nanosleep({ tv_sec: 1, tv_nsec: 0 }, null)
      seen.push(['parent', yield* lock(sys, fd, F_SETLKW, range(F_WRLCK, 1, 1))])
      yield* lock(sys, fd, F_SETLK, range(F_UNLCK, 0, 0))
      yield* sys.wait4(pid, null, 0, null)
    })
    expect(seen).toEqual([
      ['parent', -EDEADLK.code],
      ['child', 0],
    ])
  })

  it('flock and OFD locks belong to the description', () => {
    const seen: number[] = []
    new Harness().run(function* (sys) {
      const a = yield* sys.open('/f', O_CREAT | O_RDWR, 0o644)
      const b = yield* sys.open('/f', O_RDWR, 0)
      const copy = yield* sys.dup(a)
      seen.push(yield* sys.flock(a, LOCK_SH), yield* sys.flock(b, LOCK_SH | LOCK_NB))
      seen.push(yield* sys.flock(a, LOCK_EX | LOCK_NB), yield* sys.flock(b, LOCK_UN))
      seen.push(yield* sys.flock(copy, LOCK_EX | LOCK_NB), yield* sys.flock(b, LOCK_SH | LOCK_NB))
      yield* sys.close(a)
      seen.push(yield* sys.flock(b, LOCK_SH | LOCK_NB))
      yield* sys.close(copy)
      seen.push(yield* sys.flock(b, LOCK_SH | LOCK_NB))
      const c = yield* sys.open('/f', O_RDWR, 0)
      seen.push(yield* lock(sys, b, F_OFD_SETLK, range(F_WRLCK, 0, 0)))
      seen.push(yield* lock(sys, c, F_OFD_SETLK, range(F_WRLCK, 5, 1)))
      yield* sys.close(b)
      seen.push(yield* lock(sys, c, F_OFD_SETLK, range(F_WRLCK, 5, 1)))
    })
    const again = -EAGAIN.code
    expect(seen).toEqual([0, 0, again, 0, 0, again, again, 0, 0, again, 0])
  })
})
