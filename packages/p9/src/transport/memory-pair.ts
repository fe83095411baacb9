// Two transports joined in memory: client and server in one program. (p9)

import type { ByteTransport } from './byte-transport.ts'
import { messagePortTransport, type PortLike } from './message-port.ts'

class MemoryPort implements PortLike {
  onmessage: ((event: { data: unknown }) => void) | null = null
  peer: MemoryPort | undefined

  postMessage(data: unknown): void {
    const { peer } = this
    // Never inside the sender's call.
    Promise.resolve().then(() => peer?.onmessage?.({ data }))
  }
}

/** What one end sends the other receives, a microtask later. */
export const memoryPair = (): [ByteTransport, ByteTransport] => {
  const a = new MemoryPort()
  const b = new MemoryPort()
  a.peer = b
  b.peer = a
  return [messagePortTransport(a), messagePortTransport(b)]
}
