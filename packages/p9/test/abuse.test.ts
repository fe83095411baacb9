import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Files, file, ObjectTree, VERSION_L } from '../src/index.ts'
import { dial, directoryTree, type Listening, listen } from '../src/node/index.ts'
import { encoded, RawPeer } from './raw-peer.ts'

let dir: string
let listening: Listening
let good: Files
let peer: RawPeer
const MAX_FIDS = 500

const soon = (ms = 20) => new Promise(resolve => setTimeout(resolve, ms))
const serveDirectory = async () => {
  listening = await listen(directoryTree(dir), `unix!${dir}/.s`, { maxFids: MAX_FIDS })
  good = await Files.mount(await dial(listening.address))
  peer = new RawPeer(listening.address)
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'p9-abuse-'))
  writeFileSync(join(dir, 'file'), Buffer.alloc(1 << 20, 'x'))
})
/** The other client is served as if nothing was. */
afterEach(async () => {
  expect(await good.stat('/')).toMatchObject({ kind: 'directory' })
  good.close()
  peer.socket.destroy()
  await listening.close()
  execFileSync('rm', ['-rf', dir])
})

const openFile = async () => {
  await peer.attach()
  peer.send(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['file'] }))
  await peer.reply()
  peer.send(encoded('lopen', 2, { fid: 1, flags: 0 }))
  await peer.reply()
}

it.each(['9P2000', '9P2000.u', '9P'])(
  'a client that speaks %s is told so, and has nothing',
  async version => {
    await serveDirectory()
    peer.send(encoded('version', 0xffff, { msize: 8192, version }))
    expect(await peer.reply()).toBe('Rversion 65535 msize 8192 version "unknown"')
    peer.send(encoded('attach', 1, { fid: 0, afid: 0xffff_ffff, uname: '', aname: '', uid: 0 }))
    expect(await peer.reply()).toBe('Rlerror 1 ecode 95')
  },
)

it('a client that never reads its replies is not read from, and costs little', async () => {
  await serveDirectory()
  await openFile()
  peer.socket.pause()
  const reads = Buffer.concat(
    Array.from({ length: 5000 }, () => encoded('read', 5, { fid: 1, offset: 0, count: 131_072 })),
  )
  const before = process.memoryUsage()
  for (let i = 0; i < 20; i++) {
    peer.socket.write(reads)
    await soon(5)
  }
  await good.readdir('/')
  const after = process.memoryUsage()
  // 100,000 replies of 128 KiB were asked for. What we could not send ourselves is counted too.
  const grown = after.rss - before.rss - peer.socket.writableLength
  expect(grown).toBeLessThan(64 << 20)
  expect(peer.socket.writableLength).toBeGreaterThan(0)
})

it('answers 300 requests that came in one piece, and one that came byte by byte', async () => {
  await serveDirectory()
  await peer.attach()
  peer.send(...Array.from({ length: 300 }, (_, i) => encoded('getattr', i, { fid: 0, mask: 1 })))
  const tags = new Set<string>()
  for (let i = 0; i < 300; i++) tags.add((await peer.reply()).split(' ')[1]!)
  expect(tags.size).toBe(300)
  for (const byte of encoded('walk', 7, { fid: 0, newfid: 3, wname: ['file'] })) {
    peer.socket.write(Uint8Array.of(byte))
    await soon(1)
  }
  expect(await peer.reply()).toContain('Rwalk 7')
})

it('fids end at the limit, and are free again', async () => {
  await serveDirectory()
  await peer.attach()
  for (let fid = 1; fid < MAX_FIDS + 10; fid++) {
    peer.send(encoded('walk', 2, { fid: 0, newfid: fid, wname: [] }))
    expect(await peer.reply()).toBe(fid < MAX_FIDS ? 'Rwalk 2 wqid []' : 'Rlerror 2 ecode 24')
  }
  peer.send(encoded('clunk', 2, { fid: 1 }), encoded('walk', 3, { fid: 0, newfid: 1, wname: [] }))
  expect([await peer.reply(), await peer.reply()]).toEqual(['Rclunk 2', 'Rwalk 3 wqid []'])
  await good.writeFile('/other', 'x')
})

it.each([0, 6, 131_073, 0x7fff_ffff, 0xffff_ffff])(
  'a message of %i bytes ends the connection',
  async size => {
    await serveDirectory()
    await peer.attach()
    const bytes = Buffer.alloc(64)
    bytes.writeUInt32LE(size)
    peer.send(bytes)
    expect(await peer.reply()).toBe('closed')
  },
)

it('a client that goes in the middle of a message leaves nothing', async () => {
  await serveDirectory()
  await openFile()
  expect(listening.connections.size).toBe(2)
  peer.socket.end(encoded('getattr', 1, { fid: 0, mask: 1 }).subarray(0, 9))
  peer.socket.destroy()
  for (let i = 0; i < 50 && listening.connections.size > 1; i++) await soon()
  expect(listening.connections.size).toBe(1)
})

it('a tag in use, too many waiting requests, and fids in use by them are refused', async () => {
  let reads = 0
  const never = file({ read: () => new Promise(() => reads++) })
  const tree = new ObjectTree({ never })
  listening = await listen(tree, `unix!${dir}/.s`, { maxInFlight: 10 })
  good = await Files.mount(await dial(listening.address))
  peer = new RawPeer(listening.address)
  await peer.attach()
  for (let fid = 1; fid <= 12; fid++) {
    peer.send(encoded('walk', 2, { fid: 0, newfid: fid, wname: ['never'] }))
    await peer.reply()
    peer.send(encoded('lopen', 2, { fid, flags: 0 }))
    await peer.reply()
  }
  const read = (tag: number, fid: number) => encoded('read', tag, { fid, offset: 0, count: 9 })
  peer.send(read(100, 1), read(100, 2))
  expect(await peer.reply()).toBe('Rlerror 100 ecode 22')
  peer.send(...Array.from({ length: 10 }, (_, i) => read(101 + i, 2 + i)))
  expect(await peer.reply()).toBe('Rlerror 110 ecode 11')
  expect(reads).toBe(10)
  // Its fid goes while the read waits; nobody minds.
  peer.send(encoded('clunk', 200, { fid: 1 }))
  expect(await peer.reply()).toBe('Rclunk 200')
  peer.send(encoded('flush', 201, { oldtag: 100 }), encoded('flush', 202, { oldtag: 999 }))
  expect([await peer.reply(), await peer.reply()]).toEqual(['Rflush 201', 'Rflush 202'])
  peer.send(encoded('version', 0xffff, { msize: 8192, version: VERSION_L }))
  expect(await peer.reply()).toContain('Rversion')
  // Operations that are deaf to the abort still run, and count.
  peer.send(read(101, 2), encoded('clunk', 102, { fid: 2 }))
  expect([await peer.reply(), await peer.reply()]).toEqual([
    'Rlerror 101 ecode 11',
    'Rlerror 102 ecode 9',
  ])
})
