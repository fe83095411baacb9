import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ByteTransport,
  Files,
  memoryPair,
  messagePortTransport,
  type PortLike,
  serve,
} from '../src/index.ts'
import { dial, type Listening, listen, streamTransport } from '../src/node/index.ts'
import { MemTree } from './mem-tree.ts'

let tree: MemTree
let dir: string
let listening: Listening | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'p9-test-'))
  tree = new MemTree()
  tree.add('etc/passwd', 'root:x:0')
})
afterEach(async () => {
  await listening?.close()
  listening = undefined
  rmSync(dir, { recursive: true })
})

const connected = async (address: string): Promise<ByteTransport> => {
  listening = await listen(tree, address)
  return dial(listening.address)
}

/** Two streams crossed over: a duplex that is no socket. */
const crossed = (): ByteTransport => {
  const there = new PassThrough()
  const back = new PassThrough()
  const end = (readable: PassThrough, writable: PassThrough) => {
    return streamTransport(Duplex.from({ readable, writable }))
  }
  serve(tree, end(there, back))
  return end(back, there)
}

const transports: Record<string, () => ByteTransport | Promise<ByteTransport>> = {
  memory: () => {
    const [a, b] = memoryPair()
    serve(tree, a)
    return b
  },
  'message port': () => {
    const { port1, port2 } = new MessageChannel()
    serve(tree, messagePortTransport(port1 as unknown as PortLike))
    return messagePortTransport(port2 as unknown as PortLike)
  },
  tcp: () => connected('tcp!127.0.0.1!0'),
  unix: () => connected(`unix!${dir}/socket`),
  'a pair of streams': crossed,
}

describe.each(Object.entries(transports))('over %s', (_name, transport) => {
  it('carries small and large, one and many', async () => {
    const files = await Files.mount(await transport())
    expect(Buffer.from(await files.readFile('/etc/passwd')).toString()).toBe('root:x:0')
    const big = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 7) >> 3)
    await files.writeFile('/big', big)
    expect(Buffer.compare(await files.readFile('big'), big)).toBe(0)
    await Promise.all(Array.from({ length: 200 }, (_, i) => files.mkdir(`/etc/d-${i}`)))
    const names = await files.readdir('/etc')
    expect(names).toHaveLength(201)
    await files.rename('/etc/passwd', '/shadow')
    expect(await files.readdir('/')).toEqual(['etc', 'big', 'shadow'])
    await expect(files.stat('/etc/passwd')).rejects.toMatchObject({ code: 2, errno: 'ENOENT' })
    files.close()
    await files.client.closed
    await expect(files.stat('/')).rejects.toMatchObject({ errno: 'ECONNRESET' })
  })
})
