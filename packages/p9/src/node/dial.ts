// Connects to a 9P server on a TCP port or a unix socket. (p9)

import { connect } from 'node:net'
import type { ByteTransport } from '../transport/byte-transport.ts'
import { type Address, parseAddress } from './address.ts'
import { connectedTransport } from './socket-transport.ts'

/** A transport to the server at `tcp!host!port` or `unix!path`. Rejects with Node's error. */
export const dial = (address: Address | string): Promise<ByteTransport> => {
  const at = typeof address === 'string' ? parseAddress(address) : address
  const where = at.kind === 'tcp' ? { host: at.host, port: at.port } : { path: at.path }
  return connectedTransport(options => connect({ ...where, ...options }))
}
