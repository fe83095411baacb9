import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  AsyncClient,
  Files,
  file,
  memoryPair,
  ObjectTree,
  type P9Error,
  serve,
} from '../src/index.ts'
import { dial, directoryTree, type Listening, listen } from '../src/node/index.ts'
import { encoded, RawPeer } from './raw-peer.ts'

const soon = () => new Promise(resolve => setTimeout(resolve, 20))
const errno = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => '',
    (error: P9Error) => error.errno ?? String(error),
  )

describe('requests that wait', () => {
  let release: (text: string) => void
  let aborted: number
  let stubborn: () => void
  const lines: string[] = []
  const tree = new ObjectTree({
    quick: 'quick',
    slow: file({
      read: ({ signal }) =>
        new Promise<string>((resolve, reject) => {
          release = resolve
          signal.addEventListener('abort', () => {
            aborted++
            reject(signal.reason)
          })
        }),
    }),
    deaf: file({ read: () => new Promise(() => {}) }),
    sink: file({ write: () => new Promise<void>(resolve => (stubborn = resolve)) }),
  })
  const start = async () => {
    aborted = 0
    lines.length = 0
    const [theirs, ours] = memoryPair()
    const served = serve(tree, theirs, { trace: line => lines.push(line) })
    return { files: await Files.mount(ours), served }
  }

  it('do not hold up the others', async () => {
    const { files } = await start()
    const slow = files.readFile('/slow')
    expect(await files.readFile('/quick')).toHaveLength(5)
    release('slow!')
    expect(await slow).toHaveLength(5)
    files.close()
  })

  it.each(['slow', 'deaf'])('are flushed when the signal aborts: %s', async name => {
    const { files } = await start()
    const opened = await files.open(`/${name}`)
    const stop = new AbortController()
    const reading = opened.read(0, 10, { signal: stop.signal })
    await soon()
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    expect(aborted).toBe(name === 'slow' ? 1 : 0)
    expect(lines.filter(line => /flush/.test(line))).toHaveLength(2)
    expect(lines.filter(line => /Rread|Rlerror/.test(line))).toHaveLength(0)
    await opened.close()
    expect(await files.readFile('/quick')).toHaveLength(5)
    files.close()
  })

  it('a write that was done all the same is answered before its flush', async () => {
    const { files } = await start()
    const opened = await files.open('/sink', 'w')
    const stop = new AbortController()
    const writing = opened.write('abc', 0, { signal: stop.signal })
    await soon()
    stop.abort()
    await soon()
    stubborn()
    expect(await writing).toBe(3)
    expect(lines.slice(-2).map(line => line.split(' ')[0])).toEqual(['Rwrite', 'Rflush'])
    await opened.close()
    files.close()
  })

  it('are aborted when the client goes, and its fids released', async () => {
    const { files, served } = await start()
    const slow = files.readFile('/slow')
    await soon()
    expect(served.fidCount).toBe(2)
    files.close()
    expect(await errno(slow)).toBe('ECONNRESET')
    await served.closed
    expect(aborted).toBe(1)
    expect(served.fidCount).toBe(0)
  })

  it('a signal aborted before sends nothing', async () => {
    const { files } = await start()
    const before = lines.length
    const signal = AbortSignal.abort(new Error('never'))
    await expect(files.stat('/quick', { signal })).rejects.toThrow('never')
    expect(lines).toHaveLength(before)
    files.close()
  })

  it('wait for each other at the client when too many', async () => {
    const [theirs, ours] = memoryPair()
    serve(tree, theirs, { maxInFlight: 3 })
    const client = await AsyncClient.connect(ours, { maxInFlight: 3 })
    const root = await client.attach('')
    const all = Array.from({ length: 100 }, () => client.call('getattr', { fid: root, mask: 0 }))
    expect(await Promise.all(all)).toHaveLength(100)
    client.close()
  })
})

describe('locks', () => {
  let dir: string
  let listening: Listening
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'p9-lock-'))
    listening = await listen(directoryTree(dir), `unix!${dir}/s`)
  })
  afterEach(async () => {
    await listening.close()
    rmSync(dir, { recursive: true })
  })
  const client = async () => {
    const files = await Files.mount(await dial(listening.address))
    return { files, file: await files.open('/f', 'a') }
  }

  it('wait for others, in other connections too, and are given up by abort, close and disconnect', async () => {
    const [a, b, c] = [await client(), await client(), await client()]
    const order: string[] = []
    await a.file.lock({ type: 'write', start: 0, length: 10 })
    await b.file.lock({ type: 'write', start: 10, length: 10 })
    const stop = new AbortController()
    const givenUp = c.file.lock({ type: 'read', signal: stop.signal })
    const waiting = b.file.lock({ type: 'read', start: 0, length: 10 }).then(() => order.push('b'))
    await soon()
    expect(order).toEqual([])
    stop.abort(new Error('enough'))
    await expect(givenUp).rejects.toThrow('enough')
    await a.file.lock({ type: 'unlock', start: 5 })
    await soon()
    expect(order).toEqual([])
    await a.file.close()
    await waiting
    expect(order).toEqual(['b'])
    const last = c.file.lock({ type: 'write' }).then(() => order.push('c'))
    await soon()
    b.files.close()
    await last
    expect(order).toEqual(['b', 'c'])
    a.files.close()
    c.files.close()
  })

  it('say who is in the way; a query for "unlocked" means "writable", as v9fs asks', async () => {
    const a = await client()
    await a.file.lock({ type: 'read', start: 100, length: 50, owner: 7 })
    const peer = new RawPeer(listening.address)
    await peer.attach()
    peer.send(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['f'] }))
    await peer.reply()
    peer.send(encoded('lopen', 2, { fid: 1, flags: 2 }))
    await peer.reply()
    const ask = async (type: number, start: number) => {
      const q = { fid: 1, type, start, length: 0, procId: 3, clientId: 'me' }
      peer.send(encoded('getlock', 2, q))
      return peer.reply()
    }
    expect(await ask(2, 0)).toBe(
      'Rgetlock 2 type 0 start 100 length 50 procId 7 clientId "tsvisor"',
    )
    expect(await ask(0, 0)).toBe('Rgetlock 2 type 2 start 0 length 0 procId 3 clientId "me"')
    expect(await ask(1, 150)).toBe('Rgetlock 2 type 2 start 150 length 0 procId 3 clientId "me"')
    const lock = { fid: 1, type: 1, start: 120, length: 1, procId: 3, clientId: 'me' }
    peer.send(encoded('lock', 2, { ...lock, flags: 0 }))
    expect(await peer.reply()).toBe('Rlock 2 status 1')
    peer.socket.destroy()
    a.files.close()
  })
})
