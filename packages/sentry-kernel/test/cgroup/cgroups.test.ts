// Control groups: rules, bounds, and what a container sees of its host's hierarchies. (tests)

import {
  EACCES,
  EAGAIN,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  ERANGE,
  O_RDWR,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { ControlGroups } from '../../src/cgroup/control-groups.ts'
import type { Guest, RecordingLog, Sys } from '../../src/testing/index.ts'
import { listDirectory, readFile, runWithProc, writeFile } from '../fs/proc/proc-guest.ts'

function* unified(sys: Sys): Guest<void> {
  expect(yield* sys.mount('none', '/tmp', 'cgroup2', 0)).toBe(0)
  yield* sys.chdir('/tmp')
}

describe('version 2', () => {
  test('gives controllers to children of groups without members only', () => {
    runWithProc(function* (sys) {
      yield* unified(sys)
      yield* sys.mkdir('a', 0o755)
      expect(yield* readFile(sys, 'a/cgroup.controllers')).toBe('')
      expect(yield* listDirectory(sys, 'a')).not.toContain('pids.max')
      expect(yield* writeFile(sys, 'a/cgroup.subtree_control', '+pids')).toBe(-ENOENT.code)
      expect(yield* writeFile(sys, 'cgroup.subtree_control', '+pids')).toBe(-EBUSY.code)
      expect(yield* writeFile(sys, 'a/cgroup.procs', '0')).toBe(1)
      expect(yield* writeFile(sys, 'cgroup.subtree_control', '+pids +fly')).toBe(-EINVAL.code)
      expect(yield* writeFile(sys, 'cgroup.subtree_control', '+pids +memory -cpu')).toBe(18)
      expect(yield* readFile(sys, 'cgroup.subtree_control')).toBe('memory pids\n')
      expect(yield* readFile(sys, 'a/cgroup.controllers')).toBe('memory pids\n')
      expect(yield* writeFile(sys, 'a/pids.max', '5')).toBe(1)
      // What gives its children controllers takes no members.
      expect(yield* writeFile(sys, 'cgroup.procs', '0')).toBe(-EBUSY.code)
      yield* sys.mkdir('b', 0o755)
      expect(yield* writeFile(sys, 'b/cgroup.procs', '0')).toBe(1)
      expect(yield* writeFile(sys, 'a/cgroup.subtree_control', '+pids')).toBe(5)
      expect(yield* writeFile(sys, 'cgroup.subtree_control', '-pids')).toBe(-EBUSY.code)
      expect(yield* writeFile(sys, 'a/cgroup.subtree_control', '-pids')).toBe(5)
      const limit = yield* sys.open('a/pids.max', O_RDWR, 0)
      expect(yield* writeFile(sys, 'cgroup.subtree_control', '-pids')).toBe(5)
      expect(yield* sys.write(limit, Uint8Array.of(0x30), 1)).toBe(-ENODEV.code)
      expect(yield* listDirectory(sys, 'a')).not.toContain('pids.max')
    })
  })

  test('takes limits of memory and CPU', () => {
    const { log } = runWithProc(function* (sys) {
      yield* unified(sys)
      yield* sys.mkdir('a', 0o755)
      yield* writeFile(sys, 'a/cgroup.procs', '0')
      yield* writeFile(sys, 'cgroup.subtree_control', '+memory +cpu')
      expect(yield* readFile(sys, 'a/memory.max')).toBe('max\n')
      for (const [file, written, result, shown] of [
        ['memory.max', '67108864', 8, '67108864'],
        ['memory.max', '1m\n', 3, '1048576'],
        ['memory.max', '5000', 4, '4096'],
        ['memory.max', '-1', -EINVAL.code, '4096'],
        ['memory.max', '1 2', -EINVAL.code, '4096'],
        ['memory.max', 'max', 3, 'max'],
        ['memory.max', '99999999999999999999', 20, 'max'],
        ['memory.low', '0x2000', 6, '8192'],
        ['memory.swap.max', '0', 1, '0'],
        ['cpu.max', '50000 200000', 12, '50000 200000'],
        ['cpu.max', 'max', 3, 'max 200000'],
        ['cpu.max', '999', -EINVAL.code, 'max 200000'],
        ['cpu.max', '5000 1000001', -EINVAL.code, 'max 200000'],
        ['cpu.weight', '10000', 5, '10000'],
        ['cpu.weight', '0', -ERANGE.code, '10000'],
        ['cpu.weight', 'x', -EINVAL.code, '10000'],
      ] as const) {
        expect(yield* writeFile(sys, `a/${file}`, written)).toBe(result)
        expect(yield* readFile(sys, `a/${file}`)).toBe(`${shown}\n`)
      }
    })
    const said = (log as RecordingLog).lines.filter(line => line.includes('its cpu.weight is not'))
    expect(said).toHaveLength(1)
  })

  test('CPU time stays where it was used', () => {
    runWithProc(function* (sys) {
      yield* unified(sys)
      yield* sys.mkdir('a', 0o755)
      yield* sys.mkdir('a/b', 0o755)
      const seconds = function* (group: string): Guest<number> {
        const [usage] = (yield* readFile(sys, `${group}/cpu.stat`)).split('\n')
        return Math.floor(Number(usage!.split(' ')[1]) / 1e6)
      }
      yield* sys.compute(1e9)
      yield* writeFile(sys, 'a/b/cgroup.procs', '0')
      yield* sys.compute(2e9)
      yield* writeFile(sys, 'a/cgroup.procs', '0')
      yield* sys.compute(3e9)
      expect(yield* seconds('a/b')).toBe(2)
      expect(yield* seconds('a')).toBe(5)
      expect(yield* seconds('.')).toBe(6)
    })
  })

  test('bounds how many groups there are and how deep', () => {
    runWithProc(function* (sys) {
      yield* unified(sys)
      let depth = 0
      while ((yield* sys.mkdir('d', 0o755)) === 0) {
        yield* sys.chdir('d')
        depth++
      }
      expect(yield* sys.mkdir('d', 0o755)).toBe(-EAGAIN.code)
      expect(depth).toBe(64)
      yield* sys.chdir('/tmp')
      let groups = depth
      while ((yield* sys.mkdir(`g${groups}`, 0o755)) === 0) groups++
      expect(groups).toBe(4096)
      expect(yield* sys.rmdir('g100')).toBe(0)
      expect(yield* sys.mkdir('again', 0o755)).toBe(0)
    })
  })

  test('is for whoever may write in the common ancestor', () => {
    runWithProc(function* (sys) {
      yield* unified(sys)
      yield* sys.mkdir('own', 0o755)
      yield* sys.mkdir('own/sub', 0o755)
      for (const name of ['own', 'own/cgroup.procs', 'own/sub', 'own/sub/cgroup.procs'])
        expect(yield* sys.chown(name, 1000, 1000)).toBe(0)
      expect(yield* writeFile(sys, 'own/cgroup.procs', '0')).toBe(1)
      yield* sys.setresuid(1000, 1000, 1000)
      expect(yield* writeFile(sys, 'cgroup.procs', '0')).toBe(-EACCES.code)
      expect(yield* writeFile(sys, 'own/sub/cgroup.procs', '0')).toBe(1)
      expect(yield* writeFile(sys, 'own/cgroup.procs', '0')).toBe(1)
      expect(yield* sys.mkdir('other', 0o755)).toBe(-EACCES.code)
      expect(yield* sys.mkdir('own/more', 0o755)).toBe(0)
      expect(yield* sys.chown('own/more', 0, 0)).toBe(-EPERM.code)
      expect(yield* sys.rmdir('own/more')).toBe(0)
    })
  })

  test('keeps threads of a process together', () => {
    runWithProc(function* (sys) {
      yield* unified(sys)
      yield* sys.mkdir('a', 0o755)
      expect(yield* writeFile(sys, 'a/cgroup.threads', '0')).toBe(-EOPNOTSUPP.code)
      expect(yield* writeFile(sys, 'cgroup.threads', '0')).toBe(1)
    })
  })
})

describe('version 1', () => {
  test('a hierarchy takes its controllers from version 2, and nobody else gets them', () => {
    runWithProc(function* (sys) {
      expect(yield* sys.mount('none', '/tmp', 'cgroup', 0, 'memory,pids')).toBe(0)
      expect(yield* readFile(sys, '/proc/self/cgroup')).toBe('1:memory,pids:/\n0::/\n')
      yield* sys.mkdir('/tmp/a', 0o755)
      expect(yield* writeFile(sys, '/tmp/a/tasks', '0')).toBe(1)
      expect(yield* readFile(sys, '/proc/self/cgroup')).toBe('1:memory,pids:/a\n0::/\n')
      expect(yield* readFile(sys, '/tmp/a/pids.current')).toBe('1\n')
      expect(yield* sys.mount('none', '/proc', 'cgroup', 0, 'pids')).toBe(-EBUSY.code)
      expect(yield* sys.mount('none', '/proc', 'cgroup', 0, 'pids,memory')).toBe(0)
      expect(yield* listDirectory(sys, '/proc')).toContain('a')
      yield* sys.umount2('/proc', 0)
      expect(yield* sys.mount('none', '/tmp', 'cgroup2', 0)).toBe(0)
      expect(yield* readFile(sys, '/tmp/cgroup.controllers')).toBe('cpu\n')
    })
  })

  test('named hierarchies are made, up to a number', () => {
    runWithProc(function* (sys) {
      let made = 0
      while ((yield* sys.mount('none', '/tmp', 'cgroup', 0, `none,name=n${made}`)) === 0) made++
      expect(made).toBe(32)
      expect((yield* readFile(sys, '/proc/self/cgroup')).split('\n')[0]).toBe('32:name=n31:/')
    })
  })
})

test('a container sees the hierarchies and its place as they are outside', () => {
  const groups = new ControlGroups([
    { version: 1, controllers: ['cpu', 'cpuacct'], path: '/docker/x' },
    { version: 1, controllers: ['name=systemd'], path: '/' },
    { version: 2, controllers: [], path: '/me' },
  ])
  const [cpu, systemd] = groups.hierarchies
  const child = cpu!.root.make('sub', 0o755, { uid: 0, gid: 0 })
  const seen = groups.initialNamespace
  expect([seen.shown(cpu!.root), seen.shown(child)]).toEqual(['/docker/x', '/docker/x/sub'])
  expect(seen.shown(systemd!.root.make('s', 0o755, { uid: 0, gid: 0 }))).toBe('/s')
  expect(seen.shown(groups.unified.root)).toBe('/me')
  expect(groups.unified.controllers).toEqual(['memory', 'pids'])
  expect(cpu!.find('/sub/')).toBe(child)
  expect(() => cpu!.find('/sub/none')).toThrow(ENOENT)
})
