// One end of a TCP connection: what it has sent and not read yet, and how it comes to an end. (socket/inet)
// Behaviour as Linux net/ipv4/tcp.c shows it to programs on one machine: there are no segments.

import {
  ECONNRESET,
  ENOTCONN,
  EPIPE,
  Errno,
  MSG_MORE,
  MSG_NOSIGNAL,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  POLLPRI,
  SIGPIPE,
  SO_OOBINLINE,
  SOL_TCP,
  TCP_CORK,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../../fs/poll-events.ts'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import { raise } from '../../signal/raise.ts'
import type { Task } from '../../task/task.ts'
import { signalUrgent } from '../../vfs/file-owner.ts'
import type { Incoming, Outgoing } from '../message.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../socket.ts'
import type { InetSocket } from './inet-socket.ts'
import { TcpBuffer } from './tcp-buffer.ts'
import { Cork, SEGMENT } from './tcp-cork.ts'
import { receiveRoom, sendRoom } from './tcp-room.ts'
import { UrgentMark } from './tcp-urgent.ts'

export const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN

export class TcpConnection {
  readonly #socket: InetSocket
  #peer: TcpConnection | undefined
  /** What the peer sent and was not read. */
  readonly #inbox = new TcpBuffer()
  readonly #cork = new Cork()
  readonly #urgent = new UrgentMark()
  #finished = false
  /** It was the peer's FIN: whatever happens after it, a read finds the end (SOCK_DONE). */
  #hasFin = false
  #hasReadEnd = false
  #gone = false

  constructor(socket: InetSocket) {
    this.#socket = socket
  }

  /** From now on the two are connected; an end that meets itself opens both ways at the same time. */
  meet(peer: TcpConnection): void {
    this.#peer = peer
    peer.#peer = this
  }
  /** Whether there ever was another end. */
  get isMade(): boolean {
    return this.#peer !== undefined
  }
  /** The peer sent its FIN. */
  get finished(): boolean {
    return this.#finished
  }
  /** Both ends have said all they had to say: the connection exists no more (TCP_CLOSE). */
  get isOver(): boolean {
    return this.#finished && (this.#socket.shutdownMask & SEND_SHUTDOWN) !== 0
  }

  /** Bytes to read. A FIN counts as one until it is read. */
  get unread(): number {
    return this.#inbox.size + (this.#finished && !this.#hasReadEnd ? 1 : 0)
  }
  /** What FIONREAD says. */
  get countedUnread(): number {
    return this.#urgent.counted(this.#inbox.size, this.#isInline)
  }
  /** Bytes that are held back, or for which the peer's window has no room. */
  get unsent(): number {
    const peer = this.#peer
    if (peer === undefined || peer.#gone) return 0
    return peer.#inbox.held + Math.max(0, peer.#inbox.size - receiveRoom(peer.#socket.options))
  }
  /** The next byte is an urgent one. */
  get isAtMark(): boolean {
    return this.#urgent.isNext
  }
  /** A third of the send buffer is free (sk_stream_is_writeable). */
  get isWritable(): boolean {
    const peer = this.#peer
    if (peer === undefined || peer.#gone) return true
    const waiting = peer.#inbox.total - receiveRoom(peer.#socket.options)
    return waiting * 3 <= sendRoom(this.#socket.options) * 2
  }
  /** What poll(2) says of the data, both ways. */
  get ready(): number {
    const isPastMark = this.#urgent.isNext && !this.#isInline
    let ready = this.#inbox.size > (isPastMark ? 1 : 0) ? READABLE : 0
    if (this.#urgent.isWaiting) ready |= POLLPRI
    if (this.isWritable || this.#socket.shutdownMask & SEND_SHUTDOWN) ready |= WRITABLE
    return ready
  }

  /** Bytes taken, or WOULD_BLOCK. Errors: EPIPE, EFAULT, what the socket was told. */
  send(task: Task, { flags, source }: Outgoing): number {
    const socket = this.#socket
    const error = socket.takeError()
    if (error !== 0 && error !== EPIPE.code) throw Errno.of(error)
    const peer = this.#peer
    if (error !== 0 || peer === undefined || socket.shutdownMask & SEND_SHUTDOWN) {
      if (!(flags & MSG_NOSIGNAL)) raise(task, SIGPIPE)
      throw EPIPE
    }
    const wanted = source.remaining
    if (wanted === 0) return 0
    if (peer.#gone) {
      // The peer answers with a reset: this write succeeds, the next one finds out.
      socket.options.error = EPIPE.code
      this.end()
      return wanted
    }
    const inbox = peer.#inbox
    const room = sendRoom(socket.options) + receiveRoom(peer.#socket.options)
    const count = inbox.write(source, room - inbox.total)
    // Who waits for room waits for what is held, too.
    const isUrgent = (flags & MSG_OOB) !== 0 && count === wanted
    const mayHold = (flags & MSG_MORE || socket.stored(SOL_TCP, TCP_CORK)) && !isUrgent
    this.push(mayHold && count === wanted ? inbox.held % SEGMENT : 0, isUrgent)
    if (inbox.held > 0) this.#cork.hold(task.kernel, () => this.push(0))
    return count
  }
  /** Sends all but the last `kept` of the bytes that were held back, the last of them as urgent. */
  push(kept = 0, isUrgent = false): void {
    const peer = this.#peer
    if (kept === 0) this.#cork.rest()
    if (peer === undefined || peer.#inbox.held === kept) return
    if (peer.#socket.shutdownMask === BOTH && !peer.#finished) {
      // Who has sent its FIN and reads no more answers with a reset.
      this.reset()
      if (peer !== this) this.#socket.options.error = EPIPE.code
      return
    }
    peer.#inbox.show(kept)
    if (isUrgent) peer.#markUrgent()
    peer.#socket.queue.notify(READABLE)
  }
  #markUrgent(): void {
    const { owner, queue } = this.#socket
    this.#urgent.set(this.#inbox, this.#isInline)
    if (owner !== undefined) signalUrgent(owner)
    queue.notify(POLLPRI)
  }
  /** Urgent data is data like other. */
  get #isInline(): boolean {
    return this.#socket.options.has(SO_OOBINLINE)
  }

  /**
   * Bytes read, 0 at the end, or WOULD_BLOCK. Errors: EINVAL (no urgent byte), ENOTCONN, EFAULT, what the socket was
   * told.
   */
  receive(message: Incoming): number {
    const { flags, target } = message
    if (flags & MSG_OOB) {
      const isThere = this.#urgent.isWaiting && !this.#isInline
      if (isThere && this.isOver && !this.#hasFin) throw ENOTCONN
      return this.#urgent.receive(message, this.#isInline)
    }
    const socket = this.#socket
    const inbox = this.#inbox
    if (inbox.size > 0 && target.remaining === 0) return 0
    if (this.#urgent.isNext && !this.#isInline) return this.#receivePastMark(message)
    if (inbox.size === 0) {
      const error = this.#hasFin ? 0 : socket.takeError()
      if (error !== 0) throw Errno.of(error)
      if (!this.#finished && !(socket.shutdownMask & RCV_SHUTDOWN)) return WOULD_BLOCK
      this.#hasReadEnd ||= this.#finished && !(flags & MSG_PEEK)
      return 0
    }
    const isTold = (flags & MSG_TRUNC) !== 0
    const limit = this.#urgent.distance > 0 ? this.#urgent.distance : inbox.size
    const count = isTold ? Math.min(limit, target.remaining) : inbox.peek(target, limit)
    if (flags & MSG_PEEK) return count
    inbox.discard(count)
    this.#urgent.pass(count)
    const peer = this.#peer
    if (peer?.isWritable) peer.#socket.queue.notify(WRITABLE)
    return count
  }
  /** The urgent byte is not there for a read, which leaves it behind unless it only peeks. */
  #receivePastMark(message: Incoming): number {
    const inbox = this.#inbox
    const isPeek = (message.flags & MSG_PEEK) !== 0
    this.#urgent.clear()
    if (isPeek) inbox.hideFirst()
    else inbox.discard(1)
    try {
      return this.receive(message)
    } finally {
      if (isPeek) {
        inbox.showFirst()
        this.#urgent.distance = 0
      }
    }
  }

  sendFin(): void {
    this.push()
    const peer = this.#peer
    if (peer === undefined || peer.#gone || peer.isOver) return
    peer.#finished = true
    peer.#hasFin = true
    peer.#socket.shutdownMask |= RCV_SHUTDOWN
    peer.#socket.queue.notify()
  }
  /** It is over on this side, both ways. */
  end(): void {
    const socket = this.#socket
    socket.shutdownMask = BOTH
    this.#finished = true
    socket.queue.notify()
  }
  /** Ends it at once: the peer sees ECONNRESET. */
  reset(): void {
    const peer = this.#peer
    this.end()
    this.#inbox.dropHeld()
    if (peer === undefined || peer.#gone) return
    peer.#inbox.dropHeld()
    peer.#socket.options.error = ECONNRESET.code
    peer.end()
  }
  /** The socket is closed. What was not read is lost, and the peer is told so. */
  leave(how: 'orderly' | 'abort'): void {
    if (how === 'abort' || this.#inbox.size > 0) this.reset()
    else this.sendFin()
  }
  /** Nobody has this end any more. */
  release(): void {
    this.#cork.rest()
    this.#gone = true
    this.#inbox.clear()
  }
}
