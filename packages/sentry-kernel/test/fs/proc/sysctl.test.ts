// /proc/sys: what can be read, set and not; cgroupfs; mount(2) of both.
import { EACCES, EINVAL, ENODEV, EPERM, ESRCH, POLLERR, POLLPRI } from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { sysctl } from '../../../src/fs/proc/sys/sysctl.ts'
import { listDirectory, readFile, runWithProc, tryRead, writeFile } from './proc-guest.ts'

describe('system controls', () => {
  test('host name: shared with uname, for administrators', () => {
    const harness = runWithProc(function* (sys) {
      expect(yield* writeFile(sys, '/proc/sys/kernel/hostname', 'box\n')).toBe(4)
      expect(yield* readFile(sys, '/proc/sys/kernel/hostname')).toBe('box\n')
      yield* sys.setresuid(1000, 1000, 1000)
      expect(yield* writeFile(sys, '/proc/sys/kernel/hostname', 'x')).toBe(-EACCES.code)
    })
    expect(harness.kernel.hostname).toBe('box')
  })

  test('numbers: range, base, several words, rubbish', () => {
    const harness = runWithProc(function* (sys) {
      const path = '/proc/sys/vm/swappiness'
      expect(yield* writeFile(sys, path, '0x10\n')).toBe(5)
      expect(yield* readFile(sys, path)).toBe('16\n')
      for (const text of ['-1', '201', 'ten', '1 2', ' ', '1.5', '1e1'])
        expect(yield* writeFile(sys, path, text)).toBe(-EINVAL.code)
      expect(yield* readFile(sys, path)).toBe('16\n')
      const range = '/proc/sys/net/ipv4/ip_local_port_range'
      expect(yield* writeFile(sys, range, '1024 2048')).toBe(9)
      expect(yield* readFile(sys, range)).toBe('1024\t2048\n')
      expect(yield* writeFile(sys, range, '1024 99999')).toBe(-EINVAL.code)
    })
    expect(sysctl(harness.kernel, 'vm/swappiness', 60)).toBe(16)
  })

  test('read-only means root too', () => {
    runWithProc(function* (sys) {
      expect(yield* writeFile(sys, '/proc/sys/kernel/osrelease', 'x')).toBe(-EACCES.code)
      expect(yield* sys.chmod('/proc/sys/kernel/osrelease', 0o666)).toBe(-EPERM.code)
    })
  })

  test('random ids', () => {
    runWithProc(function* (sys) {
      const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/
      const boot = yield* readFile(sys, '/proc/sys/kernel/random/boot_id')
      expect(boot).toMatch(uuid)
      expect(yield* readFile(sys, '/proc/sys/kernel/random/boot_id')).toBe(boot)
      const one = yield* readFile(sys, '/proc/sys/kernel/random/uuid')
      expect(one).toMatch(uuid)
      expect(yield* readFile(sys, '/proc/sys/kernel/random/uuid')).not.toBe(one)
    })
  })
})

describe('sysvipc', () => {
  test('a segment, a queue and a set have their rows', () => {
    runWithProc(function* (sys) {
      expect(yield* sys.shmget(0x1234, 5000, 0o1600)).toBe(0)
      expect(yield* sys.msgget(0x77, 0o1644)).toBe(0)
      expect(yield* sys.semget(0, 3, 0o1600)).toBe(0)
      const row = function* (name: string) {
        const text = yield* readFile(sys, `/proc/sysvipc/${name}`)
        const [header, line] = text.split('\n')
        // Every column ends where its title does.
        expect(line).toHaveLength(header!.length)
        return line!.trim().split(/ +/)
      }
      expect((yield* row('shm')).slice(0, 5)).toEqual(['4660', '0', '600', '5000', '1'])
      expect((yield* row('msg')).slice(0, 5)).toEqual(['119', '0', '644', '0', '0'])
      expect((yield* row('sem')).slice(0, 4)).toEqual(['0', '0', '600', '3'])
    })
  })
})

describe('mount(2)', () => {
  test('proc, with options; unknown ones are refused', () => {
    runWithProc(function* (sys) {
      expect(yield* sys.mount('p', '/tmp', 'proc', 0, 'subset=pid,hidepid=2')).toBe(0)
      expect(yield* listDirectory(sys, '/tmp')).toEqual(['.', '..', 'self', 'thread-self', '1'])
      expect(yield* readFile(sys, '/proc/mounts')).toContain(
        'p /tmp proc rw,relatime,hidepid=invisible,subset=pid 0 0\n',
      )
      expect(yield* sys.mount('p', '/tmp', 'proc', 0, 'hidepid=9')).toBe(-EINVAL.code)
      expect(yield* sys.mount('p', '/tmp', 'procfs', 0, '')).toBe(-ENODEV.code)
    })
  })

  test('poll of mounts tells of changes, once for each reader', () => {
    runWithProc(function* (sys) {
      const fd = yield* sys.open('/proc/self/mountinfo', 0, 0)
      const poll = function* () {
        const entry = { fd, events: POLLPRI, revents: 0 }
        const list = [entry]
        yield* sys.poll(list, 1, 0)
        return list[0]!.revents
      }
      expect(yield* poll()).toBe(0)
      yield* sys.mount('t', '/tmp', 'tmpfs', 0, '')
      expect(yield* poll()).toBe(POLLERR | POLLPRI)
      expect(yield* poll()).toBe(0)
    })
  })

  test('cgroup2: every process is in the first group', () => {
    runWithProc(function* (sys) {
      expect(yield* sys.mount('c', '/tmp', 'cgroup2', 0, '')).toBe(0)
      expect(yield* readFile(sys, '/tmp/cgroup.procs')).toBe('1\n')
      expect(yield* writeFile(sys, '/tmp/cgroup.procs', '1\n')).toBe(2)
      expect(yield* writeFile(sys, '/tmp/cgroup.procs', '77')).toBe(-ESRCH.code)
      expect(yield* writeFile(sys, '/tmp/cgroup.procs', 'me')).toBe(-EINVAL.code)
      expect(yield* readFile(sys, '/tmp/memory.max')).toBe('max\n')
      expect(Number(yield* readFile(sys, '/tmp/memory.current'))).toBeGreaterThan(0)
      expect(yield* sys.mkdir('/tmp/group', 0o755)).toBe(0)
    })
  })

  test('cgroup with a controller, and sysfs', () => {
    runWithProc(function* (sys) {
      expect(yield* sys.mount('c', '/tmp', 'cgroup', 0, 'memory')).toBe(0)
      expect(yield* readFile(sys, '/tmp/memory.limit_in_bytes')).toBe('9223372036854771712\n')
      expect(yield* tryRead(sys, '/tmp/pids.max')).toBeLessThan(0)
      expect(yield* sys.mount('s', '/tmp', 'sysfs', 0, '')).toBe(0)
      expect(yield* readFile(sys, '/tmp/devices/system/cpu/online')).toBe('0\n')
    })
  })
})
