// Connections that nobody has accepted yet, and who waits for room among them. (socket/unix)

import { SOMAXCONN } from '@tsvisor/abi'
import { WaitQueue } from '../../wait-queue.ts'
import type { UnixSocket } from './unix-socket.ts'

export class Backlog {
  /** The listener's ends, oldest first. */
  readonly pending: UnixSocket[] = []
  /** Told when there is room, or nothing to wait for any more. */
  readonly room = new WaitQueue()
  #limit = 0

  /** As listen(2) has it, which lets one more in. */
  get limit(): number {
    return this.#limit
  }
  set limit(backlog: number) {
    this.#limit = Math.min(backlog >>> 0, SOMAXCONN)
    this.room.notify()
  }

  get full(): boolean {
    return this.pending.length > this.#limit
  }

  take(): UnixSocket | undefined {
    const socket = this.pending.shift()
    if (socket !== undefined) this.room.notify()
    return socket
  }
}
