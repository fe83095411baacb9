// System V message queues: msgget, msgsnd, msgrcv, msgctl. (syscalls)

import {
  type Addr,
  CAP_SYS_RESOURCE,
  E2BIG,
  EAGAIN,
  EFAULT,
  EIDRM,
  EINVAL,
  ENOMSG,
  ENOSYS,
  EPERM,
  ERESTARTNOHAND,
  IPC_INFO,
  IPC_NOWAIT,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MSG_COPY,
  MSG_INFO,
  MSG_NOERROR,
  MSG_STAT,
  MSG_STAT_ANY,
  msginfo,
  msqid_ds,
} from '@tsvisor/abi'
import { IPC_READ, IPC_WRITE, now } from '../ipc/ipc-table.ts'
import { MessageQueue } from '../ipc/message-queue.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import type { WaitQueue } from '../wait-queue.ts'
import type { Handler } from './handler.ts'

const TYPE_BYTES = 8

export const msgget: Handler<'msgget'> = (task, { key, msgflg }) => {
  const { queues, limits } = task.namespaces.ipc
  const suits = () => {}
  return queues.get(task, key, msgflg, suits, base => new MessageQueue(base, limits.msgmnb)).id
}

/** Sleeps until the queue moves. Errors: ERESTARTNOHAND. */
function* pause(queue: WaitQueue): Blocking<void> {
  const why = yield {
    queues: [queue],
    events: -1,
    deadlineNs: undefined,
    interruptedBy: 'signal',
  }
  if (why === 'signal') throw ERESTARTNOHAND
}

export const msgsnd: Handler<'msgsnd'> = (task, { msqid, msgp, msgsz, msgflg }) => {
  const type = Number(BigInt.asIntN(64, task.mm.readU64Big(msgp)))
  const { queues, limits } = task.namespaces.ipc
  if (msgsz > limits.msgmax || msqid < 0 || type < 1) throw EINVAL
  const text = task.mm.readBytes((msgp + TYPE_BYTES) as Addr, msgsz)
  const queue = queues.find(msqid)
  const send = (): boolean => {
    if (queue.removed) throw EIDRM
    queue.check(task, IPC_WRITE)
    if (!queue.fits(text.length)) return false
    queue.lastSender = task.group.pid
    queue.sendTime = now(task)
    queue.add({ type, text })
    return true
  }
  if (send()) return 0
  if (msgflg & IPC_NOWAIT) throw EAGAIN
  return untilSent(queue, send)
}

function* untilSent(queue: MessageQueue, send: () => boolean): Blocking {
  do yield* pause(queue.senders)
  while (!send())
  return 0
}

export const msgrcv: Handler<'msgrcv'> = (task, { msqid, msgp, msgsz, msgtyp, msgflg }): Result => {
  if (msqid < 0 || msgsz >= 2 ** 63) throw EINVAL
  if (msgflg & MSG_COPY) throw ENOSYS
  const queue = task.namespaces.ipc.queues.find(msqid)
  const receive = (): number => {
    if (queue.removed) throw EIDRM
    queue.check(task, IPC_READ)
    const index = queue.find(msgtyp, msgflg)
    if (index < 0) return -1
    const message = queue.messages[index]!
    if (message.text.length > msgsz && !(msgflg & MSG_NOERROR)) throw E2BIG
    queue.take(index)
    queue.lastReceiver = task.group.pid
    queue.receiveTime = now(task)
    const text = message.text.subarray(0, Math.min(msgsz, message.text.length))
    // As Linux: a message that cannot be stored is lost.
    task.mm.writeU64(msgp, message.type)
    if (text.length > 0 && task.mm.copyOut((msgp + TYPE_BYTES) as Addr, text) !== text.length)
      throw EFAULT
    return text.length
  }
  const got = receive()
  if (got >= 0) return got
  if (msgflg & IPC_NOWAIT) throw ENOMSG
  return untilReceived(queue, receive)
}

function* untilReceived(queue: MessageQueue, receive: () => number): Blocking {
  for (;;) {
    yield* pause(queue.receivers)
    const got = receive()
    if (got >= 0) return got
  }
}

export const msgctl: Handler<'msgctl'> = (task, { msqid, cmd, buf }) => {
  const { queues, limits } = task.namespaces.ipc
  if (msqid < 0 || cmd < 0) throw EINVAL
  switch (cmd) {
    case IPC_INFO:
    case MSG_INFO:
      return describeLimits(task, cmd, buf)
    case IPC_STAT:
    case MSG_STAT:
    case MSG_STAT_ANY: {
      const queue = cmd === IPC_STAT ? queues.find(msqid) : queues.at(msqid)
      if (cmd !== MSG_STAT_ANY) queue.check(task, IPC_READ)
      task.mm.writeStruct(msqid_ds, buf, {
        msg_perm: queue.perm(task),
        msg_stime: queue.sendTime,
        msg_rtime: queue.receiveTime,
        msg_ctime: queue.ctime,
        msg_cbytes: queue.bytes,
        msg_qnum: queue.messages.length,
        msg_qbytes: queue.capacity,
        msg_lspid: queue.lastSender,
        msg_lrpid: queue.lastReceiver,
      })
      return cmd === IPC_STAT ? 0 : queue.id
    }
    case IPC_SET: {
      const { msg_perm, msg_qbytes } = task.mm.readStruct(msqid_ds, buf)
      const queue = queues.find(msqid)
      queue.checkOwner(task)
      if (msg_qbytes > limits.msgmnb && !hasResource(task)) throw EPERM
      queue.capacity = msg_qbytes
      queue.assign(task, msg_perm)
      queue.receivers.notify()
      queue.senders.notify()
      return 0
    }
    case IPC_RMID: {
      const queue = queues.find(msqid)
      queue.checkOwner(task)
      queues.remove(queue)
      queue.dissolve()
      return 0
    }
    default:
      throw EINVAL
  }
}

const hasResource = (task: Task): boolean =>
  ((task.creds.capabilities.effective >> BigInt(CAP_SYS_RESOURCE)) & 1n) === 1n

function describeLimits(task: Task, cmd: number, buf: Addr): number {
  const { queues, limits } = task.namespaces.ipc
  const { msgmax, msgmnb, msgmni } = limits
  let messages = 0
  let bytes = 0
  for (const queue of queues) {
    messages += queue.messages.length
    bytes += queue.bytes
  }
  const used = cmd === MSG_INFO
  task.mm.writeStruct(msginfo, buf, {
    // MSGPOOL, MSGMAP and MSGTQL, which mean nothing.
    msgpool: used ? queues.count : 512_000,
    msgmap: used ? messages : 16_384,
    msgmax,
    msgmnb,
    msgmni,
    msgssz: 16,
    msgtql: used ? bytes : 16_384,
    msgseg: 0xffff,
  })
  return queues.highest
}
