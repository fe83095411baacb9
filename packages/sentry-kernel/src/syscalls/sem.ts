// System V semaphores: semget, semop, semtimedop, semctl. (syscalls)

import {
  type Addr,
  E2BIG,
  EAGAIN,
  EFBIG,
  EINTR,
  EINVAL,
  ENOSPC,
  ERANGE,
  GETALL,
  GETNCNT,
  GETPID,
  GETVAL,
  GETZCNT,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SEM_INFO,
  SEM_STAT,
  SEM_STAT_ANY,
  SEM_UNDO,
  SEMVMX,
  SETALL,
  SETVAL,
  semid_ds,
  seminfo,
} from '@tsvisor/abi'
import { IPC_READ, IPC_WRITE, now } from '../ipc/ipc-table.ts'
import { SemaphoreSet, type SemOp, SemWaiter } from '../ipc/semaphore-set.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { readTimespecNs } from './time-out.ts'

const SEMBUF_BYTES = 6

export const semget: Handler<'semget'> = (task, { key, nsems, semflg }) => {
  const { semaphores, limits } = task.namespaces.ipc
  const [perSet, inAll] = limits.sem
  if (nsems < 0 || nsems > perSet) throw EINVAL
  return semaphores.get(
    task,
    key,
    semflg,
    found => {
      if (nsems > found.values.length) throw EINVAL
    },
    base => {
      if (nsems === 0) throw EINVAL
      if (countOf(semaphores) + nsems > inAll) throw ENOSPC
      return new SemaphoreSet(base, nsems)
    },
  ).id
}

function countOf(sets: Iterable<SemaphoreSet>): number {
  let total = 0
  for (const { values } of sets) total += values.length
  return total
}

export const semop: Handler<'semop'> = (task, { semid, sops, nsops }) =>
  operate(task, semid, sops, nsops, undefined)

export const semtimedop: Handler<'semtimedop'> = (task, { semid, sops, nsops, timeout }) => {
  const deadlineNs =
    timeout === 0 ? undefined : task.kernel.clock.monotonicNs() + readTimespecNs(task, timeout)
  return operate(task, semid, sops, nsops, deadlineNs)
}

function operate(
  task: Task,
  semid: number,
  sops: Addr,
  count: number,
  deadlineNs: number | undefined,
): Result {
  if (count < 1 || semid < 0) throw EINVAL
  const { semaphores, limits } = task.namespaces.ipc
  if (count > limits.sem[2]) throw E2BIG
  const data = task.mm.readBytes(sops, count * SEMBUF_BYTES)
  const view = new DataView(data.buffer)
  const operations: SemOp[] = []
  for (let at = 0; at < data.length; at += SEMBUF_BYTES)
    operations.push({
      sem_num: view.getUint16(at, true),
      sem_op: view.getInt16(at + 2, true),
      sem_flg: view.getInt16(at + 4, true),
    })
  const set = semaphores.find(semid)
  if (operations.some(each => each.sem_num >= set.values.length)) throw EFBIG
  const alters = operations.some(each => each.sem_op !== 0)
  set.check(task, alters ? IPC_WRITE : IPC_READ)
  if (operations.some(each => each.sem_flg & SEM_UNDO)) set.prepareUndo(task.group)
  const blocked = set.attempt(task, operations)
  if (blocked !== undefined)
    return wait(task, set, new SemWaiter(task, operations, blocked), deadlineNs)
  set.operationTime = now(task)
  if (alters) set.settle()
  return 0
}

/** Errors: EAGAIN (time-out), EINTR, EIDRM, ERANGE. Never starts again by itself: signal(7). */
function* wait(
  task: Task,
  set: SemaphoreSet,
  waiter: SemWaiter,
  deadlineNs: number | undefined,
): Blocking {
  set.waiters.add(waiter)
  try {
    for (;;) {
      const why = yield {
        queues: [waiter.queue],
        events: -1,
        deadlineNs,
        interruptedBy: 'signal',
      }
      if (waiter.result === 0) {
        set.operationTime = now(task)
        return 0
      }
      if (waiter.result !== undefined) throw waiter.result
      if (why === 'timeout') throw EAGAIN
      if (why === 'signal') throw EINTR
    }
  } finally {
    set.waiters.delete(waiter)
  }
}

export const semctl: Handler<'semctl'> = (task, { semid, semnum, cmd, arg }) => {
  const { semaphores } = task.namespaces.ipc
  const at = Number(arg) as Addr
  if (semid < 0) throw EINVAL
  switch (cmd) {
    case IPC_INFO:
    case SEM_INFO:
      return describeLimits(task, cmd, at)
    case IPC_STAT:
    case SEM_STAT:
    case SEM_STAT_ANY: {
      const set = cmd === IPC_STAT ? semaphores.find(semid) : semaphores.at(semid)
      if (cmd !== SEM_STAT_ANY) set.check(task, IPC_READ)
      task.mm.writeStruct(semid_ds, at, {
        sem_perm: set.perm(task),
        sem_otime: set.operationTime,
        sem_ctime: set.ctime,
        sem_nsems: set.values.length,
      })
      return cmd === IPC_STAT ? 0 : set.id
    }
    case IPC_SET: {
      const { sem_perm } = task.mm.readStruct(semid_ds, at)
      const set = semaphores.find(semid)
      set.checkOwner(task)
      set.assign(task, sem_perm)
      return 0
    }
    case IPC_RMID: {
      const set = semaphores.find(semid)
      set.checkOwner(task)
      semaphores.remove(set)
      set.dissolve()
      return 0
    }
    case GETALL: {
      const set = semaphores.find(semid)
      set.check(task, IPC_READ)
      task.mm.write(at, new Uint8Array(set.values.slice().buffer))
      return 0
    }
    case SETALL:
      return setAll(task, semaphores.find(semid), at)
    case SETVAL:
      return setValue(task, semaphores.find(semid), semnum, Number(BigInt.asIntN(32, arg)))
    case GETVAL:
    case GETPID:
    case GETNCNT:
    case GETZCNT: {
      const set = semaphores.find(semid)
      set.check(task, IPC_READ)
      if (semnum < 0 || semnum >= set.values.length) throw EINVAL
      if (cmd === GETVAL) return set.values[semnum]!
      if (cmd === GETPID) return set.pids[semnum]!
      return set.waiting(semnum, cmd === GETNCNT ? 'increase' : 'zero')
    }
    default:
      throw EINVAL
  }
}

function setAll(task: Task, set: SemaphoreSet, at: Addr): number {
  set.check(task, IPC_WRITE)
  const data = new DataView(task.mm.readBytes(at, set.values.length * 2).buffer)
  for (let i = 0; i < set.values.length; i++) if (data.getUint16(i * 2, true) > SEMVMX) throw ERANGE
  for (let i = 0; i < set.values.length; i++) {
    set.values[i] = data.getUint16(i * 2, true)
    set.pids[i] = task.group.pid
    set.forgetUndo(i)
  }
  set.ctime = now(task)
  set.settle()
  return 0
}

function setValue(task: Task, set: SemaphoreSet, index: number, value: number): number {
  if (value < 0 || value > SEMVMX) throw ERANGE
  if (index < 0 || index >= set.values.length) throw EINVAL
  set.check(task, IPC_WRITE)
  set.values[index] = value
  set.pids[index] = task.group.pid
  set.forgetUndo(index)
  set.ctime = now(task)
  set.settle()
  return 0
}

function describeLimits(task: Task, cmd: number, at: Addr): number {
  const { semaphores, limits } = task.namespaces.ipc
  const [semmsl, semmns, semopm, semmni] = limits.sem
  const used = cmd === SEM_INFO
  task.mm.writeStruct(seminfo, at, {
    // SEMMAP, SEMMNU and SEMUME, which mean nothing.
    semmap: 1_024_000_000,
    semmni,
    semmns,
    semmnu: 1_024_000_000,
    semmsl,
    semopm,
    semume: 500,
    semusz: used ? semaphores.count : 20,
    semvmx: SEMVMX,
    semaem: used ? countOf(semaphores) : SEMVMX,
  })
  return semaphores.highest
}
