// Connects to a 9P server on a TCP port or a unix socket. (p9)

import { connect as connectSocket } from 'node:net'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { type Address, parseAddress } from './address.ts'
import { streamTransport } from './socket-transport.ts'

/** A transport to the server at `tcp!host!port` or `unix!path`. Rejects with Node's error. */
export const dial = (address: Address | string): Promise<ByteTransport> => {
  const at = typeof address === 'string' ? parseAddress(address) : address
  const socket =
    at.kind === 'tcp' ? connectSocket(at.port, at.host) : connectSocket({ path: at.path })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(streamTransport(socket))
    })
  })
}
