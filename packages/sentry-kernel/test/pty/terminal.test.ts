// Terminals as guests see them: devpts, job control, hang-up.
import {
  EAGAIN,
  EIO,
  ENOTTY,
  makedev,
  O_NOCTTY,
  O_RDWR,
  S_IFCHR,
  SIGHUP,
  SIGINT,
  SIGTTIN,
  SIGWINCH,
  TCGETS,
  TIOCGPGRP,
  TIOCGPTN,
  TIOCGPTPEER,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCSCTTY,
  TIOCSPGRP,
  TIOCSPTLCK,
  TIOCSWINSZ,
  WUNTRACED,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { terminals } from '../../src/fs/devices/devices.ts'
import { TerminalBridge } from '../../src/fs/pty/bridge.ts'
import type { HostFile } from '../../src/platform/host.ts'
import type { Sys } from '../../src/testing/guest.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
const text = (data: Uint8Array, n: number) => String.fromCharCode(...data.subarray(0, n))

/** Device nodes and a pair: [master, slave], the slave opened without becoming anyone's terminal. */
function* openPair(sys: Sys) {
  yield* sys.mknod('/ptmx', S_IFCHR | 0o666, makedev(5, 2))
  yield* sys.mknod('/tty', S_IFCHR | 0o666, makedev(5, 0))
  const master = yield* sys.open('/ptmx', O_RDWR | O_NOCTTY, 0)
  expect(master).toBeGreaterThanOrEqual(0)
  const number = { value: -1 }
  expect(yield* sys.ioctl(master, TIOCGPTN, sys.alloc(4))).toBe(0)
  yield* sys.mknod('/pts0', S_IFCHR | 0o666, makedev(136, 0))
  expect(yield* sys.open('/pts0', O_RDWR | O_NOCTTY, 0)).toBe(-EIO.code)
  yield* sys.ioctl(master, TIOCSPTLCK, sys.alloc(4))
  const slave = yield* sys.open('/pts0', O_RDWR | O_NOCTTY, 0)
  expect(slave).toBeGreaterThan(master)
  void number
  return [master, slave] as const
}

describe('a pty', () => {
  test('typing, reading, window size, peer', () => {
    runGuest(function* (sys) {
      const [master, slave] = yield* openPair(sys)
      const data = new Uint8Array(100)
      expect(yield* sys.write(master, bytes('ls\n'), 3)).toBe(3)
      expect(yield* sys.read(slave, data, 100)).toBe(3)
      expect(yield* sys.read(master, data, 100)).toBe(4)
      expect(text(data, 4)).toBe('ls\r\n')
      const size = sys.alloc(8)
      sys.memory.write(size, Uint8Array.of(24, 0, 80, 0, 0, 0, 0, 0))
      expect(yield* sys.ioctl(master, TIOCSWINSZ, size)).toBe(0)
      const got = sys.alloc(8)
      expect(yield* sys.ioctl(slave, TIOCGWINSZ, got)).toBe(0)
      expect(sys.memory.read(got, 4)).toEqual(Uint8Array.of(24, 0, 80, 0))
      const peer = yield* sys.ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)
      expect(peer).toBeGreaterThan(slave)
      expect(yield* sys.ioctl(peer, TCGETS, sys.alloc(36))).toBe(0)
      expect(yield* sys.ioctl(slave, TIOCGSID, got)).toBe(-ENOTTY.code)
    })
  })

  test('a session takes it; ^C and resizing reach the foreground; a background reader stops', () => {
    const seen: number[] = []
    runGuest(function* (sys) {
      const [master, slave] = yield* openPair(sys)
      const leader = yield* sys.fork(function* (shell) {
        for (const signo of [SIGINT, SIGWINCH])
          yield* shell.handle(signo, function* (handler, got) {
            seen.push(got)
            yield* handler.getpid()
          })
        yield* shell.setsid()
        expect(yield* shell.ioctl(slave, TIOCSCTTY, 0)).toBe(0)
        const number = shell.alloc(4)
        expect(yield* shell.ioctl(slave, TIOCGPGRP, number)).toBe(0)
        expect(shell.memory.read(number, 1)[0]).toBe(yield* shell.getpid())
        const again = yield* shell.open('/tty', O_RDWR, 0)
        expect(again).toBeGreaterThan(slave)
        yield* shell.write(master, bytes('\x03'), 1)
        const size = shell.alloc(8)
        shell.memory.write(size, Uint8Array.of(1, 0, 2, 0, 0, 0, 0, 0))
        yield* shell.ioctl(slave, TIOCSWINSZ, size)
        const job = yield* shell.fork(function* (child) {
          yield* child.setpgid(0, 0)
          yield* child.read(slave, new Uint8Array(1), 1)
        })
        const status = { value: 0 }
        expect(yield* shell.wait4(job, status, WUNTRACED, null)).toBe(job)
        expect(status.value).toBe((SIGTTIN << 8) | 0x7f)
        shell.memory.write(number, Uint8Array.of(job, 0, 0, 0))
        expect(yield* shell.ioctl(slave, TIOCSPGRP, number)).toBe(0)
        yield* shell.kill(job, 9)
      })
      yield* sys.wait4(leader, { value: 0 }, 0, null)
      // The leader's end leaves the pseudo terminal to others.
      const data = new Uint8Array(100)
      expect(yield* sys.write(slave, data, 1)).toBe(1)
    })
    expect(seen).toEqual([SIGINT, SIGWINCH])
  })

  test('closing the master sends SIGHUP to the session leader', () => {
    const seen: number[] = []
    runGuest(function* (sys) {
      const [master, slave] = yield* openPair(sys)
      const leader = yield* sys.fork(function* (shell) {
        yield* shell.close(master)
        yield* shell.handle(SIGHUP, function* (handler, got) {
          seen.push(got)
          yield* handler.getpid()
        })
        yield* shell.setsid()
        yield* shell.ioctl(slave, TIOCSCTTY, 0)
        expect(yield* shell.read(slave, new Uint8Array(1), 1)).toBe(-EIO.code)
        expect(yield* shell.read(slave, new Uint8Array(1), 1)).toBe(0)
      })
      yield* sys.poll(null, 0, 100)
      yield* sys.close(master)
      yield* sys.wait4(leader, { value: 0 }, 0, null)
    })
    expect(seen).toEqual([SIGHUP])
  })
})

describe('the bridge to a host terminal', () => {
  /** A host terminal in memory: `keys` to be read, `screen` written, `room` before it would block. */
  const hostTerminal = () => {
    const state = {
      ...{ keys: '', screen: '', room: 1000, ready: 0, ends: 0 },
      notify: (_: number) => {},
    }
    const file = {
      kind: 'stream',
      label: 'test',
      read(target: Uint8Array) {
        if (state.ends > 0) {
          state.ends--
          return 0
        }
        if (state.keys === '') throw EAGAIN
        const n = Math.min(target.length, state.keys.length)
        target.set(bytes(state.keys.slice(0, n)))
        state.keys = state.keys.slice(n)
        return n
      },
      write(source: Uint8Array) {
        if (state.room === 0) throw EAGAIN
        const n = Math.min(source.length, state.room)
        state.room -= n
        state.screen += text(source, n)
        return n
      },
      poll: () => state.ready,
      watch(notify: (events: number) => void) {
        state.notify = notify
        return () => {
          state.notify = () => {}
        }
      },
    } as unknown as HostFile
    return { state, file }
  }

  test('keys go in, output comes out as the host takes it', () => {
    const { state, file } = hostTerminal()
    const harness = new Harness()
    harness.run(function* (sys) {
      const [, slave] = yield* openPair(sys)
      const { tty } = terminals(harness.kernel).devpts!.slave(0)!
      const bridge = new TerminalBridge(tty, file, file)
      state.keys = 'hi\r'
      state.notify(1)
      const data = new Uint8Array(10)
      expect(yield* sys.read(slave, data, 10)).toBe(3)
      expect(text(data, 3)).toBe('hi\n')
      expect(state.screen).toBe('hi\r\n')
      state.room = 2
      expect(yield* sys.write(slave, bytes('abcd'), 4)).toBe(4)
      expect(state.screen).toBe('hi\r\nab')
      state.room = 100
      state.notify(4)
      expect(state.screen).toBe('hi\r\nabcd')
      bridge.resize(30, 100)
      expect(tty.windowSize.rows).toBe(30)
      expect(bridge.drained).toBe(true)
      bridge.close()
    })
  })

  test('an end of file is a key as long as the host terminal is there', () => {
    const { state, file } = hostTerminal()
    const harness = new Harness()
    harness.run(function* (sys) {
      const [, slave] = yield* openPair(sys)
      const { tty } = terminals(harness.kernel).devpts!.slave(0)!
      const bridge = new TerminalBridge(tty, file, file)
      state.ends = 1
      state.notify(1)
      const data = new Uint8Array(10)
      expect(yield* sys.read(slave, data, 10)).toBe(0)
      state.keys = 'hi\r'
      state.notify(1)
      expect(yield* sys.read(slave, data, 10)).toBe(3)
      state.ends = 1
      state.ready = 16
      state.notify(16)
      expect(bridge.inputEnded).toBe(true)
      expect(yield* sys.write(slave, data, 1)).toBe(-EIO.code)
      bridge.close()
    })
  })
})
