// What other servers got wrong, each once over a socket; and clients of other dialects.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ServedTree, VERSION_L } from '../src/index.ts'
import { directoryTree, type Listening, listen } from '../src/node/index.ts'
import { Assembler } from '../src/stream/assembler.ts'
import { type MemFile, type MemNode, MemTree } from './mem-tree.ts'
import { encoded, RawPeer } from './raw-peer.ts'

let dir: string
let listening: Listening | undefined
let peer: RawPeer
const serveTree = async <N, H>(tree: ServedTree<N, H>) => {
  listening = await listen(tree, `unix!${dir}/.s`)
  peer = new RawPeer(listening.address)
}
const ask = async (message: Uint8Array): Promise<string> => {
  peer.send(message)
  return peer.reply()
}
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'p9-holes-'))
  writeFileSync(join(dir, 'file'), 'content')
})
afterEach(async () => {
  peer?.socket.destroy()
  await listening?.close()
  listening = undefined
  execFileSync('rm', ['-rf', dir])
})

it('a write that claims more bytes than it has writes none', async () => {
  await serveTree(directoryTree(dir))
  await peer.attach()
  await ask(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['file'] }))
  await ask(encoded('lopen', 2, { fid: 1, flags: 2 }))
  const write = encoded('write', 3, { fid: 1, offset: 0, data: Uint8Array.from([65, 65]) })
  write.writeUInt32LE(100, 7 + 4 + 8)
  expect(await ask(write)).toBe('Rlerror 3 ecode 22')
  expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('content')
})

const bad = ['', '.', '..', '/', '/etc/passwd', '../x', 'a\0b']
it.each(bad)('the name %j leads nowhere', async name => {
  await serveTree(directoryTree(dir))
  await peer.attach()
  execFileSync('mkdir', [join(dir, 'sub')])
  await ask(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['file'] }))
  await ask(encoded('walk', 2, { fid: 0, newfid: 2, wname: ['sub'] }))
  const mode = 0o644
  for (const message of [
    encoded('lcreate', 3, { fid: 0, name, flags: 2, mode, gid: 0 }),
    encoded('mknod', 3, { dfid: 0, name, mode, major: 0, minor: 0, gid: 0 }),
    encoded('link', 3, { dfid: 0, fid: 1, name }),
    encoded('rename', 3, { fid: 1, dfid: 0, name }),
    encoded('rename', 3, { fid: 2, dfid: 0, name }),
    encoded('renameat', 3, { olddfid: 0, oldname: 'sub', newdfid: 0, newname: name }),
    encoded('renameat', 3, { olddfid: 0, oldname: name, newdfid: 0, newname: 'x' }),
    encoded('unlinkat', 3, { dfid: 0, name, flags: 0 }),
    ...(name === '.' || name === '..'
      ? []
      : [encoded('walk', 3, { fid: 0, newfid: 9, wname: [name] })]),
  ]) {
    expect(await ask(message)).toMatch(/^Rlerror 3/)
  }
  expect(statSync(join(dir, 'sub')).isDirectory()).toBe(true)
  expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('content')
})

it('a walk that ends early leaves no fid, in between neither', async () => {
  await serveTree(directoryTree(dir))
  await peer.attach()
  execFileSync('mkdir', [join(dir, 'sub')])
  const walked = await ask(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['sub', 'none'] }))
  expect(walked).toMatch(/^Rwalk 2 wqid \[[^\]]*\]$/)
  expect(await ask(encoded('getattr', 3, { fid: 1, mask: 0 }))).toBe('Rlerror 3 ecode 9')
  expect(await ask(encoded('walk', 4, { fid: 0, newfid: 1, wname: ['sub'] }))).toMatch(/^Rwalk/)
})

it('two opens of one fid at once open one handle', async () => {
  const tree = new MemTree()
  const node = tree.add('slow')
  const handle = { node, flags: 0 }
  let opened = () => {}
  const open = async () => {
    await new Promise<void>(resolve => {
      opened = resolve
    })
    node.opens++
    return handle
  }
  await serveTree(
    Object.assign(tree as object, { open }) as unknown as ServedTree<MemNode, MemFile>,
  )
  await peer.attach()
  await ask(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['slow'] }))
  const lopen = (tag: number) => encoded('lopen', tag, { fid: 1, flags: 0 })
  peer.send(lopen(3), lopen(4))
  expect(await peer.reply()).toBe('Rlerror 4 ecode 22')
  opened()
  expect(await peer.reply()).toMatch(/^Rlopen 3/)
  expect(node.opens).toBe(1)
  expect(await ask(encoded('clunk', 5, { fid: 1 }))).toBe('Rclunk 5')
  expect(node.opens).toBe(0)
})

it('a lock that waits holds up nothing else of its connection', async () => {
  await serveTree(directoryTree(dir))
  await peer.attach()
  for (const fid of [1, 2]) {
    await ask(encoded('walk', 2, { fid: 0, newfid: fid, wname: ['file'] }))
    await ask(encoded('lopen', 2, { fid, flags: 2 }))
  }
  const lock = (tag: number, fid: number, procId: number, type: number) =>
    encoded('lock', tag, { fid, type, flags: 1, start: 0, length: 0, procId, clientId: 'c' })
  expect(await ask(lock(3, 1, 1, 1))).toBe('Rlock 3 status 0')
  peer.send(lock(4, 2, 2, 1))
  expect(await ask(encoded('read', 5, { fid: 1, offset: 0, count: 3 }))).toMatch(/^Rread 5/)
  peer.send(lock(6, 1, 1, 2))
  expect([await peer.reply(), await peer.reply()].sort()).toEqual([
    'Rlock 4 status 0',
    'Rlock 6 status 0',
  ])
})

it('bytes of a write that waits stay what they are while others come', async () => {
  const written: string[] = []
  let go = () => {}
  const gate = new Promise<void>(resolve => {
    go = resolve
  })
  const tree = new MemTree()
  const node = tree.add('sink')
  const write = async (_handle: unknown, source: Uint8Array) => {
    await gate
    written.push(Buffer.from(source).toString('latin1'))
    return source.length
  }
  await serveTree(
    Object.assign(tree as object, { write }) as unknown as ServedTree<MemNode, MemFile>,
  )
  await peer.attach()
  await ask(encoded('walk', 2, { fid: 0, newfid: 1, wname: ['sink'] }))
  await ask(encoded('lopen', 2, { fid: 1, flags: 1 }))
  const texts = ['a', 'b', 'c'].map(letter => letter.repeat(50_000))
  for (const [i, text] of texts.entries()) {
    peer.send(encoded('write', 10 + i, { fid: 1, offset: 0, data: Buffer.from(text) }))
    expect(await ask(encoded('getattr', 3, { fid: 0, mask: 0 }))).toMatch(/^Rgetattr 3/)
  }
  go()
  for (let i = 0; i < 3; i++) expect(await peer.reply()).toMatch(/^Rwrite 1\d count 50000$/)
  expect(written).toEqual(texts)
  expect(node.size).toBe(0)
})

it('a large message that comes byte by byte costs a little for each', () => {
  const assembler = new Assembler(1 << 20)
  const message = encoded('write', 1, { fid: 1, offset: 0, data: new Uint8Array(1_000_000) })
  const start = performance.now()
  let whole: Uint8Array | undefined
  for (let i = 0; i < message.length; i++) {
    assembler.push(message.subarray(i, i + 1))
    whole = assembler.next() ?? whole
    assembler.returnChunk()
  }
  expect(whole?.length).toBe(message.length)
  // Copying all that is there for each byte would be 10^12 bytes: minutes.
  expect(performance.now() - start).toBeLessThan(20_000)
})

it('what is left of a chunk outlives it', () => {
  const assembler = new Assembler(1000)
  const chunk = Buffer.concat([
    encoded('clunk', 1, { fid: 7 }),
    encoded('clunk', 2, { fid: 8 }).subarray(0, 9),
  ])
  assembler.push(chunk)
  assembler.returnChunk()
  chunk.fill(0xff)
  expect(assembler.next()?.[5]).toBe(1)
  expect(assembler.next()).toBe(undefined)
  assembler.push(encoded('clunk', 2, { fid: 8 }).subarray(9))
  expect(assembler.next()?.[7]).toBe(8)
})

/** As plan9port's and libixp's clients start: version, then auth or attach without n_uname. */
it.each(['9P2000', '9P2000.u'])('a client that speaks %s only is turned away', async version => {
  await serveTree(directoryTree(dir))
  expect(await ask(encoded('version', 0xffff, { msize: 8192, version }))).toBe(
    'Rversion 65535 msize 8192 version "unknown"',
  )
  const strings = Buffer.from([4, 0, ...Buffer.from('user'), 0, 0])
  const old = (type: number, ...fids: number[]) => {
    const body = Buffer.concat([
      ...fids.map(fid => Buffer.from(Uint32Array.of(fid).buffer)),
      strings,
    ])
    const head = Buffer.alloc(7)
    head.writeUInt32LE(7 + body.length)
    head[4] = type
    return Buffer.concat([head, body])
  }
  expect(await ask(old(102, 1))).toBe('Rlerror 0 ecode 95')
  expect(await ask(old(104, 1, 0xffff_ffff))).toBe('Rlerror 0 ecode 95')
  // As diod's clients go on when the dialect is right: no authentication is ENOENT.
  await ask(encoded('version', 0xffff, { msize: 8192, version: VERSION_L }))
  const auth = encoded('auth', 1, { afid: 1, uname: 'root', aname: '/', uid: 0 })
  expect(await ask(auth)).toBe('Rlerror 1 ecode 2')
})
