// The sandbox's listening socket: clients come and go, from the one loop. (runsc)

import { EAGAIN, ECONNABORTED, EINTR } from '@tsvisor/abi'
import { accept, close, SOCK_NONBLOCK } from '@tsvisor/host'
import { ControlPeer } from './control-peer.ts'

const MAX_CLIENTS = 512
/** A client's longest request, bytes. */
const MAX_REQUEST = 4 << 20

export interface ServerHandlers {
  /** A new client, to be served. */
  readonly onClient: (peer: ControlPeer) => void
  /** There was no descriptor for a client: calls back a moment later. */
  readonly retry: (step: () => void) => void
}

export class ControlServer {
  readonly #fd: number
  readonly #handlers: ServerHandlers
  readonly peers = new Set<ControlPeer>()

  /** `fd` listens and does not block. */
  constructor(fd: number, handlers: ServerHandlers) {
    this.#fd = fd
    this.#handlers = handlers
  }

  /** Takes in who waits; call it whenever the socket may have become readable. */
  acceptAll(): void {
    for (;;) {
      let fd: number
      try {
        fd = accept(this.#fd, SOCK_NONBLOCK)
      } catch (error) {
        if (error === EINTR || error === ECONNABORTED) continue
        // Guests can use up the descriptors (EMFILE), for a while.
        if (error !== EAGAIN) this.#handlers.retry(() => this.acceptAll())
        return
      }
      if (this.peers.size >= MAX_CLIENTS) {
        close(fd)
        continue
      }
      const peer = new ControlPeer(fd, MAX_REQUEST)
      this.peers.add(peer)
      this.#handlers.onClient(peer)
    }
  }
}
