// POSIX message queues: named, with priorities, open as files. (ipc)
// Linux ipc/mqueue.c.

import { SI_MESGQ } from '@tsvisor/abi'
import { AnonFs, AnonInode } from '../fs/anon/anon-inode.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import { sendSignal } from '../signal/send.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import { FileDescription } from '../vfs/file-description.ts'
import { WaitQueue } from '../wait-queue.ts'

const POLLIN = 0x041
const POLLOUT = 0x104

export interface PosixMessage {
  readonly priority: number
  readonly text: Uint8Array
}

/** Who is told of the next message into an empty queue (mq_notify). */
export interface Notification {
  readonly group: ThreadGroup
  /** 0 for none (SIGEV_NONE). */
  readonly signo: number
  readonly value: bigint
}

/** A queue: its inode, messages by falling priority and arrival. */
export class PosixQueue extends AnonInode {
  readonly messages: PosixMessage[] = []
  readonly capacity: number
  readonly messageSize: number
  /** Whose RLIMIT_MSGQUEUE it counts against. */
  readonly owner: number
  readonly events = new WaitQueue()
  bytes = 0
  receivers = 0
  notification: Notification | undefined

  constructor(fs: AnonFs, task: Task, mode: number, capacity: number, messageSize: number) {
    const { fsuid, fsgid } = task.creds
    super(fs, 0o100000 | mode, fsuid, fsgid, task.kernel.clock.realtime())
    this.owner = task.creds.uid
    this.capacity = capacity
    this.messageSize = messageSize
  }
  get full(): boolean {
    return this.messages.length >= this.capacity
  }
  get ready(): number {
    return (this.messages.length > 0 ? POLLIN : 0) | (this.full ? 0 : POLLOUT)
  }
  add(sender: Task, message: PosixMessage): void {
    const { messages } = this
    let at = messages.length
    while (at > 0 && messages[at - 1]!.priority < message.priority) at--
    messages.splice(at, 0, message)
    this.bytes += message.text.length
    if (messages.length === 1 && this.receivers === 0) this.#notify(sender)
    this.events.notify(POLLIN)
  }
  take(): PosixMessage | undefined {
    const message = this.messages.shift()
    if (message === undefined) return undefined
    this.bytes -= message.text.length
    this.events.notify(POLLOUT)
    return message
  }
  #notify(sender: Task): void {
    const wanted = this.notification
    if (wanted === undefined) return
    this.notification = undefined
    if (wanted.signo === 0 || wanted.group.ended) return
    sendSignal(wanted.group, {
      signo: wanted.signo,
      code: SI_MESGQ,
      pid: sender.group.leader.pid.in(wanted.group.pidNamespace),
      uid: sender.creds.uid,
      value: wanted.value,
    })
  }
}

export class PosixQueueFile extends FileDescription {
  declare readonly inode: PosixQueue
  readonly #name: string

  constructor(queue: PosixQueue, name: string, flags: number) {
    super(queue, undefined, flags, queue.events)
    this.#name = name
  }
  override poll(): number {
    return this.inode.ready
  }
  override flush(task: Task): void {
    if (this.inode.notification?.group === task.group) this.inode.notification = undefined
  }
  override label(): string {
    return `/${this.#name}`
  }
}

export const mqueueFs = kernelLocal(() => new AnonFs('mqueue', 0x13, 0x19800202))
