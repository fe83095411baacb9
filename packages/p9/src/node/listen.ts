// A 9P server on a TCP port or a unix socket. (p9)

import { type AddressInfo, createServer } from 'node:net'
import type { FileTree } from '../server/file-tree.ts'
import { serve } from '../server/serve.ts'
import type { Served, ServeOptions } from '../server/served-connection.ts'
import type { ServedTree } from '../server/served-tree.ts'
import { type Address, parseAddress } from './address.ts'
import { acceptedTransport } from './socket-transport.ts'

export interface ListenOptions extends ServeOptions {
  /** Clients at most; more are cut off at once. Default 256. */
  readonly maxConnections?: number
}

export interface Listening {
  /** Where it listens: the port that was chosen if 0 was asked for. */
  readonly address: Address
  /** Clients now. */
  readonly connections: ReadonlySet<Served>
  /** Stops listening and ends all connections. */
  close(): Promise<void>
}

/** Serves the tree to whoever connects. Rejects if it cannot listen there. */
export const listen = async <N, H>(
  tree: ServedTree<N, H> | FileTree<N, H>,
  address: Address | string,
  options: ListenOptions = {},
): Promise<Listening> => {
  const at = typeof address === 'string' ? parseAddress(address) : address
  const connections = new Set<Served>()
  const server = createServer({ pauseOnConnect: true }, socket => {
    const served = serve(tree, acceptedTransport(socket), options)
    connections.add(served)
    served.closed.then(() => connections.delete(served))
  })
  server.maxConnections = options.maxConnections ?? 256
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const done = (): void => {
      server.off('error', reject)
      resolve()
    }
    if (at.kind === 'tcp') server.listen(at.port, at.host, done)
    else server.listen(at.path, done)
  })
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      for (const served of connections) served.close()
    })
  const bound = at.kind === 'tcp' ? { ...at, port: (server.address() as AddressInfo).port } : at
  return { address: bound, connections, close }
}
