// Urgent data of TCP: one byte of the stream, the last of what was sent with MSG_OOB. (socket/inet)
// Linux net/ipv4/tcp.c: tcp_recv_urg, tcp_inq; tcp_input.c: tcp_check_urg; tcp(7).

import { EINVAL, MSG_OOB, MSG_PEEK, MSG_TRUNC } from '@tsvisor/abi'
import type { Incoming } from '../message.ts'
import type { TcpBuffer } from './tcp-buffer.ts'

export class UrgentMark {
  /** Bytes to read before it. */
  distance = -1
  #byte = 0
  #isRead = false

  /** It is there, or is the last byte that was read. */
  get isSet(): boolean {
    return this.distance >= 0
  }
  /** Whether the next byte is it (SIOCATMARK). */
  get isNext(): boolean {
    return this.distance === 0
  }
  /** What poll(2) says is urgent. */
  get isWaiting(): boolean {
    return this.isSet && !this.#isRead
  }

  /** What came last is urgent. A mark that is next goes, with its byte, unless that is ordinary: `inline`. */
  set(inbox: TcpBuffer, inline: boolean): void {
    if (this.isNext && !inline) inbox.discard(1)
    this.distance = inbox.size - 1
    this.#byte = inbox.lastByte
    this.#isRead = false
  }
  clear(): void {
    this.distance = -1
  }
  /** So many bytes were read. */
  pass(count: number): void {
    if (this.isSet) this.distance = Math.max(-1, this.distance - count)
  }

  /** Bytes of `size` that FIONREAD counts. */
  counted(size: number, inline: boolean): number {
    return inline || !this.isSet ? size : Math.min(size, this.distance)
  }

  /** recv(2) with MSG_OOB. Errors: EINVAL (none, read already, or `inline`), EFAULT. */
  receive(message: Incoming, inline: boolean): number {
    if (inline || !this.isWaiting) throw EINVAL
    if (!(message.flags & MSG_PEEK)) this.#isRead = true
    message.outFlags |= MSG_OOB
    if (message.target.remaining === 0) {
      message.outFlags |= MSG_TRUNC
      return 0
    }
    if (!(message.flags & MSG_TRUNC)) message.target.put(Uint8Array.of(this.#byte))
    return 1
  }
}
