// System V message queues. (ipc)
// Linux ipc/msg.c.

import { MSG_EXCEPT } from '@tsvisor/abi'
import { WaitQueue } from '../wait-queue.ts'
import { type IpcBase, IpcObject } from './ipc-table.ts'

export interface Message {
  /** Above 0. */
  readonly type: number
  readonly text: Uint8Array
}

export class MessageQueue extends IpcObject {
  readonly messages: Message[] = []
  /** Bytes of text queued, and how many may be. */
  bytes = 0
  capacity: number
  sendTime = 0
  receiveTime = 0
  lastSender = 0
  lastReceiver = 0
  /** Notified when room appears, when a message does, and when the queue goes. */
  readonly senders = new WaitQueue()
  readonly receivers = new WaitQueue()

  constructor(base: IpcBase, capacity: number) {
    super(base)
    this.capacity = capacity
  }

  /** msg_fits_inqueue */
  fits(length: number): boolean {
    return this.bytes + length <= this.capacity && this.messages.length + 1 <= this.capacity
  }
  add(message: Message): void {
    this.messages.push(message)
    this.bytes += message.text.length
    this.receivers.notify()
  }
  /** Index of the message that msgrcv with `type` and `flags` would take, or -1. */
  find(type: number, flags: number): number {
    const { messages } = this
    if (type === 0) return messages.length > 0 ? 0 : -1
    if (type > 0) {
      const except = (flags & MSG_EXCEPT) !== 0
      return messages.findIndex(message => (message.type === type) !== except)
    }
    let best = -1
    for (let i = 0; i < messages.length; i++) {
      const each = messages[i]!.type
      if (each <= -type && (best < 0 || each < messages[best]!.type)) best = i
    }
    return best
  }
  take(index: number): void {
    const [message] = this.messages.splice(index, 1)
    this.bytes -= message!.text.length
    this.senders.notify()
  }
  dissolve(): void {
    this.messages.length = 0
    this.senders.notify()
    this.receivers.notify()
  }
}
