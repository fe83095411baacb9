// A peer that sends whatever bytes a test wants and collects the replies.
import { connect, type Socket } from 'node:net'
import {
  encodeRequest,
  type MessageName,
  Reader,
  type Request,
  traceMessage,
  VERSION_L,
  Writer,
} from '../src/index.ts'
import type { Address } from '../src/node/index.ts'

export const encoded = <K extends MessageName>(name: K, tag: number, body: Request<K>): Buffer => {
  const w = new Writer(new Uint8Array(1 << 20))
  return Buffer.from(w.bytes.slice(0, encodeRequest(w, name, tag, body)))
}

export class RawPeer {
  readonly socket: Socket
  received = Buffer.alloc(0)
  ended = false
  #wake: () => void = () => {}

  constructor(address: Address) {
    this.socket =
      address.kind === 'tcp' ? connect(address.port, address.host) : connect(address.path)
    this.socket.on('data', bytes => {
      this.received = Buffer.concat([this.received, bytes])
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.ended = true
      this.#wake()
    })
  }

  send(...messages: Uint8Array[]): void {
    this.socket.write(Buffer.concat(messages))
  }
  /** Negotiates and attaches fid 0. */
  async attach(msize = 128 * 1024, version = VERSION_L): Promise<void> {
    this.send(encoded('version', 0xffff, { msize, version }))
    await this.reply()
    const uid = 0
    this.send(encoded('attach', 1, { fid: 0, afid: 0xffff_ffff, uname: '', aname: '', uid }))
    await this.reply()
  }
  /** The next reply as text; "closed" at the end. */
  async reply(): Promise<string> {
    for (;;) {
      if (this.received.length >= 4) {
        const size = this.received.readUInt32LE(0)
        if (this.received.length >= size) {
          const message = this.received.subarray(0, size)
          this.received = this.received.subarray(size)
          return traceMessage(new Reader().reset(message, 0, size))
        }
      }
      if (this.ended) return 'closed'
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
