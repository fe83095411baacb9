// One client: its socket, its messages, the descriptors passed to it. (gofer)

import { EINTR, Errno, O_NONBLOCK } from '@tsvisor/abi'
import { close, getFlags, recvmsg, sendmsg, setFlags } from '@tsvisor/host'
import { Framer, ProtocolError, ServerConnection, type ServerOptions } from '@tsvisor/p9'
import type { HostNode } from './host-node.ts'
import type { HostTree, OpenFile } from './host-tree.ts'

const DEFAULT_MSIZE = 128 * 1024
const NO_FDS: readonly number[] = []

export class Connection {
  readonly fd: number
  readonly #server: ServerConnection<HostNode, OpenFile>
  readonly #tree: HostTree
  readonly #framer: Framer
  readonly #received: number[] = []

  constructor(fd: number, tree: HostTree, options: ServerOptions) {
    // Whoever made the socket may have used it in an event loop.
    setFlags(fd, getFlags(fd) & ~O_NONBLOCK)
    const msize = options.msize ?? DEFAULT_MSIZE
    this.fd = fd
    this.#tree = tree
    this.#server = new ServerConnection(tree, { ...options, msize })
    this.#framer = new Framer(new Uint8Array(msize))
  }

  /**
   * Waits for bytes and answers the messages that are whole. `closed` when the client is gone or
   * sends what is no 9P.
   */
  serveOnce(): 'open' | 'closed' {
    const framer = this.#framer
    try {
      const room = framer.buffer.subarray(framer.room())
      const length = recvmsg(this.fd, room, this.#received, 0)
      // Nobody has a reason to send us descriptors.
      while (this.#received.length > 0) close(this.#received.pop()!)
      if (length === 0) return 'closed'
      framer.added(length)
      for (let message = framer.next(); message; message = framer.next()) this.#answer(message)
      return 'open'
    } catch (error) {
      if (error === EINTR) return 'open'
      if (error instanceof Errno || error instanceof ProtocolError) return 'closed'
      throw error
    }
  }

  close(): void {
    this.#server.close()
    close(this.fd)
  }

  #answer(message: Uint8Array): void {
    let reply = this.#server.handle(message)
    this.#tree.settle()
    const passed = this.#server.takeDescriptors()
    try {
      let fds = passed
      while (reply.length > 0) {
        const sent = sendSome(this.fd, reply, fds)
        reply = reply.subarray(sent)
        fds = NO_FDS
      }
    } finally {
      for (const fd of passed) close(fd)
    }
  }
}

const sendSome = (fd: number, bytes: Uint8Array, fds: readonly number[]): number => {
  for (;;) {
    try {
      return sendmsg(fd, bytes, fds, 0)
    } catch (error) {
      if (error !== EINTR) throw error
    }
  }
}
