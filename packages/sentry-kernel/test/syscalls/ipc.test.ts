// System V IPC and process_vm_readv between guest processes.
import {
  E2BIG,
  EACCES,
  EAGAIN,
  EEXIST,
  EFAULT,
  EFBIG,
  EIDRM,
  EINVAL,
  ENOENT,
  ENOMSG,
  ERANGE,
  ESRCH,
  GETALL,
  GETNCNT,
  GETPID,
  GETVAL,
  GETZCNT,
  IPC_CREAT,
  IPC_EXCL,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_STAT,
  MSG_EXCEPT,
  MSG_NOERROR,
  SEM_UNDO,
  SETVAL,
  SHM_DEST,
  SHM_RDONLY,
  SHM_RND,
} from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { byteString, bytesOf } from '../../src/mm/user-memory.ts'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/index.ts'

const run = (main: (sys: Sys, harness: Harness) => Guest<void>): void => {
  const harness = new Harness()
  const { status } = harness.run(function* (sys) {
    yield* main(sys, harness)
  })
  expect(status).toBe(0)
}

const message = (type: number, text: string): Uint8Array => {
  const data = new Uint8Array(8 + text.length)
  new DataView(data.buffer).setBigInt64(0, BigInt(type), true)
  data.set(bytesOf(text), 8)
  return data
}
const received = (data: Uint8Array, length: number): [number, string] => [
  Number(new DataView(data.buffer).getBigInt64(0, true)),
  byteString(data.subarray(8, 8 + length)),
]

describe('shared memory', () => {
  test('two processes see one segment, which goes with its last attachment', () => {
    run(function* (sys) {
      const id = yield* sys.shmget(7, 5000, IPC_CREAT | 0o600)
      const at = yield* sys.shmat(id, 0, 0)
      expect(at).toBeGreaterThan(0)
      yield* sys.fork(function* (child) {
        const own = yield* child.shmat(yield* child.shmget(7, 0, 0), 0, 0)
        child.memory.write(own, bytesOf('hello'))
        expect(yield* child.shmdt(own)).toBe(0)
        expect(yield* child.shmdt(own)).toBe(-EINVAL.code)
        return 0
      })
      yield* sys.wait4(-1, null, 0, null)
      expect(byteString(sys.memory.read(at, 5))).toBe('hello')
      const stat = { shm_nattch: 0, shm_segsz: 0, shm_perm: { mode: 0 } }
      expect(yield* sys.shmctl(id, IPC_STAT, stat)).toBe(0)
      expect([stat.shm_nattch, stat.shm_segsz]).toEqual([1, 5000])
      expect(yield* sys.shmctl(id, IPC_RMID, 0)).toBe(0)
      expect(yield* sys.shmget(7, 0, 0)).toBe(-ENOENT.code)
      yield* sys.shmctl(id, IPC_STAT, stat)
      expect(stat.shm_perm.mode).toBe(SHM_DEST | 0o600)
      expect(yield* sys.shmdt(at)).toBe(0)
      expect(yield* sys.shmctl(id, IPC_STAT, stat)).toBe(-EINVAL.code)
    })
  })
  test('errors', () => {
    run(function* (sys) {
      expect(yield* sys.shmget(1, 100, 0)).toBe(-ENOENT.code)
      expect(yield* sys.shmget(1, 0, IPC_CREAT)).toBe(-EINVAL.code)
      const id = yield* sys.shmget(1, 100, IPC_CREAT | 0o400)
      expect(yield* sys.shmget(1, 100, IPC_CREAT | IPC_EXCL)).toBe(-EEXIST.code)
      expect(yield* sys.shmget(1, 101, 0)).toBe(-EINVAL.code)
      expect(yield* sys.shmat(id + 1, 0, 0)).toBe(-EINVAL.code)
      expect(yield* sys.shmat(-1, 0, 0)).toBe(-EINVAL.code)
      expect(yield* sys.shmat(id, 0x2000_0001, 0)).toBe(-EINVAL.code)
      expect(yield* sys.shmat(id, 0x2000_0001, SHM_RND)).toBe(0x2000_0000)
      expect(yield* sys.shmat(id, 0x2000_0000, 0)).toBe(-EINVAL.code)
      const readOnly = yield* sys.shmat(id, 0, SHM_RDONLY)
      expect(yield* sys.mprotect(readOnly, 4096, 3)).toBe(-EACCES.code)
      expect(yield* sys.shmctl(id, 99, 0)).toBe(-EINVAL.code)
      expect(yield* sys.shmctl(id, IPC_STAT, 0)).toBe(-EFAULT.code)
      expect(yield* sys.shmctl(id, IPC_RMID, 0)).toBe(0)
    })
  })
  test('an id is not the next one of the same place', () => {
    run(function* (sys) {
      const first = yield* sys.shmget(0, 10, IPC_CREAT | 0o600)
      yield* sys.shmctl(first, IPC_RMID, 0)
      const second = yield* sys.shmget(0, 10, IPC_CREAT | 0o600)
      expect(second).not.toBe(first)
      expect(yield* sys.shmat(first, 0, 0)).toBe(-EIDRM.code)
    })
  })
})

describe('semaphores', () => {
  const op = (sem_num: number, sem_op: number, sem_flg = 0) => ({ sem_num, sem_op, sem_flg })
  test('all operations or none; sleepers are served in order', () => {
    run(function* (sys) {
      const id = yield* sys.semget(3, 2, IPC_CREAT | 0o600)
      expect(yield* sys.semop(id, [op(0, 1), op(1, -1, IPC_NOWAIT)], 2)).toBe(-EAGAIN.code)
      expect(yield* sys.semctl(id, 0, GETVAL, 0)).toBe(0)
      const order: number[] = []
      for (let i = 0; i < 2; i++)
        yield* sys.fork(function* (child) {
          expect(yield* child.semop(id, [op(0, -1), op(1, -1)], 2)).toBe(0)
          order.push(i)
          return 0
        })
      yield* sys.compute(2e7)
      expect(yield* sys.semctl(id, 0, GETNCNT, 0)).toBe(2)
      expect(yield* sys.semctl(id, 0, GETZCNT, 0)).toBe(0)
      expect(yield* sys.semop(id, [op(0, 1)], 1)).toBe(0)
      expect(yield* sys.semctl(id, 1, GETNCNT, 0)).toBe(2)
      expect(yield* sys.semop(id, [op(0, 1), op(1, 2)], 2)).toBe(0)
      const values = new Uint8Array(4)
      const at = sys.alloc(4)
      expect(yield* sys.semctl(id, 0, GETALL, at)).toBe(0)
      values.set(sys.memory.read(at, 4))
      expect([...values]).toEqual([0, 0, 0, 0])
      yield* sys.wait4(-1, null, 0, null)
      yield* sys.wait4(-1, null, 0, null)
      expect(order).toEqual([0, 1])
    })
  })
  test('SEM_UNDO takes back at exit, and wakes', () => {
    run(function* (sys) {
      const id = yield* sys.semget(0, 1, IPC_CREAT | 0o600)
      yield* sys.semctl(id, 0, SETVAL, 1)
      const pid = yield* sys.fork(function* (child) {
        expect(yield* child.semop(id, [op(0, -1, SEM_UNDO)], 1)).toBe(0)
        yield* child.compute(5e7)
        return 0
      })
      yield* sys.compute(1e7)
      expect(yield* sys.semctl(id, 0, GETVAL, 0)).toBe(0)
      expect(yield* sys.semctl(id, 0, GETPID, 0)).toBe(pid)
      expect(yield* sys.semop(id, [op(0, -1)], 1)).toBe(0)
    })
  })
  test('time-outs, removal, errors', () => {
    run(function* (sys) {
      const id = yield* sys.semget(0, 1, IPC_CREAT | 0o600)
      const soon = { tv_sec: 0, tv_nsec: 1e6 }
      expect(yield* sys.semtimedop(id, [op(0, -1)], 1, soon)).toBe(-EAGAIN.code)
      expect(yield* sys.semop(id, [op(1, 1)], 1)).toBe(-EFBIG.code)
      expect(yield* sys.semop(id, [], 0)).toBe(-EINVAL.code)
      expect(yield* sys.semop(id, 0, 501)).toBe(-E2BIG.code)
      expect(yield* sys.semop(id, [op(0, 32767), op(0, 1)], 2)).toBe(-ERANGE.code)
      expect(yield* sys.semctl(id, 0, GETVAL, 0)).toBe(0)
      expect(yield* sys.semctl(id, 0, SETVAL, -1)).toBe(-ERANGE.code)
      expect(yield* sys.semctl(id, 0, SETVAL, 40000)).toBe(-ERANGE.code)
      yield* sys.fork(function* (child) {
        yield* child.compute(1e7)
        expect(yield* child.semctl(id, 0, IPC_RMID, 0)).toBe(0)
        return 0
      })
      expect(yield* sys.semop(id, [op(0, -1)], 1)).toBe(-EIDRM.code)
      expect(yield* sys.semop(id, [op(0, -1)], 1)).toBe(-EINVAL.code)
    })
  })
})

describe('message queues', () => {
  test('by type, by exception, lowest first', () => {
    run(function* (sys) {
      const id = yield* sys.msgget(9, IPC_CREAT | 0o600)
      for (const [type, text] of [
        [3, 'c'],
        [1, 'a'],
        [2, 'bb'],
        [1, 'aa'],
      ] as const)
        expect(yield* sys.msgsnd(id, message(type, text), text.length, 0)).toBe(0)
      const buffer = new Uint8Array(72)
      const take = function* (type: number, flags = IPC_NOWAIT): Guest<unknown> {
        const got = yield* sys.msgrcv(id, buffer, 64, type, flags)
        return got < 0 ? got : received(buffer, got)
      }
      expect(yield* take(1)).toEqual([1, 'a'])
      expect(yield* take(-2)).toEqual([1, 'aa'])
      expect(yield* take(3, IPC_NOWAIT | MSG_EXCEPT)).toEqual([2, 'bb'])
      expect(yield* take(0)).toEqual([3, 'c'])
      expect(yield* take(0)).toBe(-ENOMSG.code)
    })
  })
  test('a full queue holds the sender, an empty one the receiver', () => {
    run(function* (sys) {
      const id = yield* sys.msgget(0, IPC_CREAT | 0o600)
      const big = message(1, 'x'.repeat(8192))
      yield* sys.fork(function* (child) {
        for (let i = 0; i < 3; i++) expect(yield* child.msgsnd(id, big, 8192, 0)).toBe(0)
        yield* child.msgsnd(id, message(2, 'end'), 3, 0)
        return 0
      })
      const buffer = new Uint8Array(9000)
      for (let i = 0; i < 3; i++) expect(yield* sys.msgrcv(id, buffer, 8192, 1, 0)).toBe(8192)
      expect(yield* sys.msgrcv(id, buffer, 8192, 2, 0)).toBe(3)
    })
  })
  test('errors', () => {
    run(function* (sys) {
      const id = yield* sys.msgget(0, IPC_CREAT | 0o600)
      expect(yield* sys.msgsnd(id, message(0, 'x'), 1, 0)).toBe(-EINVAL.code)
      expect(yield* sys.msgsnd(id, message(1, 'x'), 8193, 0)).toBe(-EINVAL.code)
      expect(yield* sys.msgsnd(id, 0, 1, 0)).toBe(-EFAULT.code)
      yield* sys.msgsnd(id, message(1, 'long'), 4, 0)
      const buffer = new Uint8Array(10)
      expect(yield* sys.msgrcv(id, buffer, 2, 0, 0)).toBe(-E2BIG.code)
      expect(yield* sys.msgrcv(id, buffer, 2, 0, MSG_NOERROR)).toBe(2)
      expect(received(buffer, 2)).toEqual([1, 'lo'])
      expect(yield* sys.msgctl(id, IPC_RMID, 0)).toBe(0)
      expect(yield* sys.msgsnd(id, message(1, 'x'), 1, 0)).toBe(-EINVAL.code)
    })
  })
})

test('process_vm_readv and writev', () => {
  run(function* (sys) {
    const at = yield* sys.mmap(0x3000_0000, 8192, 3, 0x32, -1, 0)
    const pid = yield* sys.fork(function* (child) {
      child.memory.write(at, bytesOf('secret words'))
      yield* child.compute(5e7)
      return child.memory.read(at, 1)[0]!
    })
    yield* sys.compute(1e7)
    const to = sys.alloc(16)
    const local = sys.alloc(32)
    const remote = sys.alloc(32)
    const vector = (where: number, entries: [number, number][]) => {
      for (const [i, [base, length]] of entries.entries()) {
        const data = new DataView(new ArrayBuffer(16))
        data.setBigUint64(0, BigInt(base), true)
        data.setBigUint64(8, BigInt(length), true)
        sys.memory.write(where + i * 16, new Uint8Array(data.buffer))
      }
    }
    vector(local, [
      [to, 6],
      [to + 6, 6],
    ])
    vector(remote, [[at, 12]])
    expect(yield* sys.process_vm_readv(pid, local, 2, remote, 1, 0)).toBe(12)
    expect(byteString(sys.memory.read(to, 12))).toBe('secret words')
    sys.memory.write(to, new Uint8Array([33]))
    expect(yield* sys.process_vm_writev(pid, local, 1, remote, 1, 0)).toBe(6)
    vector(remote, [[at + 8190, 12]])
    expect(yield* sys.process_vm_readv(pid, local, 2, remote, 1, 0)).toBe(2)
    vector(remote, [[at + 8192, 12]])
    expect(yield* sys.process_vm_readv(pid, local, 2, remote, 1, 0)).toBe(-EFAULT.code)
    expect(yield* sys.process_vm_readv(999, local, 1, remote, 1, 0)).toBe(-ESRCH.code)
    expect(yield* sys.process_vm_readv(pid, local, 1, remote, 1, 1)).toBe(-EINVAL.code)
    const status = { value: 0 }
    yield* sys.wait4(pid, status, 0, null)
    expect(status.value).toBe(33 << 8)
  })
})
