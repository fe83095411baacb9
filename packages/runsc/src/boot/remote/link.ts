// A connection to the gofer as its nodes need it. (runsc)

import { Errno } from '@tsvisor/abi'
import { Client, ProtocolError, type Reply, type Request } from '@tsvisor/p9'
import type { HostFile } from '@tsvisor/sentry-kernel'
import { idMaps, type Owners } from '../id-map.ts'
import type { GoferTransport } from './transport.ts'

export interface LinkOptions {
  /** How the guest sees the owners of files. */
  readonly owners?: Owners
  readonly trace?: (line: string) => void
}

/** Client and transport together: what every node needs. */
export class Link {
  readonly client: Client
  readonly transport: GoferTransport
  readonly openFile: (fd: number) => HostFile
  readonly ids: ReturnType<typeof idMaps>

  constructor(
    transport: GoferTransport,
    openFile: (fd: number) => HostFile,
    msize: number,
    { owners, trace }: LinkOptions,
  ) {
    this.ids = idMaps(owners)
    this.transport = transport
    this.openFile = openFile
    this.client = this.guarded(
      () => new Client(transport, { msize, errorOf: Errno.of, ...(trace && { trace }) }),
    )
    if (!this.client.extended) transport.fail('the gofer does not speak the extension')
  }

  call<K extends Parameters<Client['call']>[0]>(name: K, request: Request<K>): Reply<K> {
    return this.guarded(() => this.client.call(name, request))
  }

  /** Nonsense from the gofer is its end. */
  guarded<T>(step: () => T): T {
    try {
      return step()
    } catch (error) {
      // A request that cannot be encoded is our bug, a reply that cannot be decoded the gofer's.
      if (error instanceof ProtocolError && !error.path.startsWith('T')) {
        this.transport.fail(`the gofer sent no 9P: ${error.message}`)
      }
      throw error
    }
  }
}
