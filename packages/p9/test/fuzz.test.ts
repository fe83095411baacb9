// Malformed requests, and those that are all but right, against a live server: nobody but their sender
// notices. P9_FUZZ=1000000 for that many, P9_FUZZ_SEED for others.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  type Field,
  Files,
  type MessageName,
  messages,
  nameOfType,
  VERSION_L,
  VERSION_TSVISOR,
} from '../src/index.ts'
import { dial, directoryTree, type Listening, listen } from '../src/node/index.ts'
import { type TreeName, trees } from './peers/v9fs/trees.ts'
import { encoded, RawPeer } from './raw-peer.ts'

const COUNT = Number(process.env['P9_FUZZ'] ?? 20_000)
const SEED = Number(process.env['P9_FUZZ_SEED'] ?? 42)
const TIMEOUT_MS = 3_600_000

/** Pseudo-random numbers, the same each time. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}
let next: () => number
const below = (end: number): number => Math.floor(next() * end)
const one = <T>(of: readonly T[]): T => of[below(of.length)]!

let dir: string
let served: string
let listening: Listening
let good: Files
let peer: RawPeer
const bugs: unknown[] = []

const serve = async (tree: ReturnType<(typeof trees)['host']>) => {
  const options = { onBug: (error: unknown) => bugs.push(error) }
  listening = await listen(tree, `unix!${join(dir, 'socket')}`, options)
  good = await Files.mount(await dial(listening.address))
  peer = new RawPeer(listening.address)
}
beforeEach(() => {
  next = random(SEED)
  bugs.length = 0
  dir = mkdtempSync(join(tmpdir(), 'p9-fuzz-'))
  served = join(dir, 'served')
  mkdirSync(served)
  writeFileSync(join(served, 'file'), Buffer.alloc(1 << 20, 'x'))
})
afterEach(async () => {
  const root = await good.stat('/').catch(error => error)
  good.close()
  peer.socket.destroy()
  await listening.close()
  execFileSync('chmod', ['-R', 'u+rwx', served])
  execFileSync('rm', ['-r', dir])
  expect(bugs).toEqual([])
  expect(root).toMatchObject({ kind: 'directory' })
})

it('malformed messages by the thousand', { timeout: TIMEOUT_MS }, async () => {
  await serve(directoryTree(served, { access: 'read' }))
  const types = [...nameOfType.keys()].filter(type => nameOfType[type] !== undefined)
  expect(types).toHaveLength(Object.keys(messages).length)
  let answered = 0
  let lost = 0
  const fresh = async () => {
    peer = new RawPeer(listening.address)
    await peer.attach()
    peer.socket.removeAllListeners('data')
    peer.socket.on('data', bytes => {
      answered += bytes.length
    })
  }
  await fresh()
  for (let i = 0; i < COUNT; i++) {
    const length = Math.floor(next() ** 3 * 300)
    const body = Buffer.from(Array.from({ length }, () => (next() < 0.5 ? 0 : next() * 256)))
    const head = Buffer.alloc(7)
    // One in a thousand has a wrong size.
    const size = next() < 0.001 ? Math.floor(next() * 2 ** 32) : 7 + length
    head.writeUInt32LE(size)
    head[4] = next() < 0.9 ? one(types) : next() * 256
    head.writeUInt16LE(below(4), 5)
    // Fids near the ones in use.
    if (length >= 4) body.writeUInt32LE(below(4))
    // Tversion would end what was negotiated.
    if (head[4] === messages.version.type && next() < 0.95) head[4] = messages.walk.type
    peer.send(head, body)
    if (size !== 7 + length) {
      peer.socket.end()
      peer.socket.destroy()
      lost++
      await fresh()
    }
    if (i % 500 === 0) await good.stat('/file')
  }
  await good.stat('/file')
  expect(lost).toBeGreaterThan(0)
  expect(answered).toBeGreaterThan(COUNT * 7)
})

const WORDS = ['file', 'd', 'e', '..', '.', '', 'd/e', '\0', 'x'.repeat(255), 'x'.repeat(256)]
const SIZES = [0, 1, 4096, 70_000, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2n ** 63n - 1n]
const MODES = [0o644, 0o100644, 0o40755, 0o10600, 0o140600, 0o20600, 0o120777, 0o7777]

/** What could stand in a field of that name. */
// biome-ignore lint/suspicious/noExplicitAny: fields of every type
const plausible = (field: Field<any>, name: string): unknown => {
  switch (field.kind) {
    case 'u8':
      return below(4)
    case 'u16':
      return below(10)
    case 'u32':
      if (name.endsWith('fid')) return one([0, 1, 2, 3, 4, 5, 0xffff_ffff])
      if (name === 'mode') return one(MODES)
      return next() < 0.7 ? below(512) : one(SIZES.slice(0, 6))
    case 'u64':
    case 'i64':
      return next() < 0.7 ? below(10_000) : one(SIZES)
    case 'str':
      return name === 'version' ? one([VERSION_L, VERSION_TSVISOR]) : one(WORDS)
    case 'data':
      return new Uint8Array(one([0, 1, 100, 4096])).fill(below(256))
    case 'list':
      return Array.from({ length: one([0, 1, 1, 2, 17]) }, () => plausible(field.item!, name))
    case 'struct':
      return Object.fromEntries(
        Object.entries(field.fields!).map(([name, part]) => [name, plausible(part, name)]),
      )
  }
}

const requests = (Object.keys(messages) as MessageName[]).filter(name => name !== 'lerror')
/** After these there is little left to ask for. */
const enders = new Set<MessageName>(['version', 'attach', 'clunk', 'clunkall', 'remove'])
/** A request with up to three bytes of its body changed; most have none. */
const allButRight = (): Buffer => {
  let name = one(requests)
  if (enders.has(name) && next() < 0.9) name = one(requests)
  const body = plausible(messages[name].request, name)
  const bytes = encoded(name, below(10), body as never)
  for (let changes = Math.max(0, below(6) - 2); changes > 0 && bytes.length > 7; changes--) {
    bytes[7 + below(bytes.length - 7)] = below(256)
  }
  return bytes
}

/** Fids 1 to 4: a file, open; a directory, and the same, open; and the file once more. */
const prepared = [
  encoded('walk', 1, { fid: 0, newfid: 1, wname: [] }),
  encoded('lcreate', 1, { fid: 1, name: 'file', flags: 0o102, mode: 0o644, gid: 0 }),
  encoded('clunk', 1, { fid: 1 }),
  encoded('mkdir', 1, { dfid: 0, name: 'd', mode: 0o755, gid: 0 }),
  encoded('walk', 1, { fid: 0, newfid: 1, wname: ['file'] }),
  encoded('walk', 1, { fid: 0, newfid: 2, wname: ['d'] }),
  encoded('walk', 1, { fid: 2, newfid: 3, wname: [] }),
  encoded('walk', 1, { fid: 0, newfid: 4, wname: ['file'] }),
  encoded('lopen', 1, { fid: 1, flags: 2 }),
  encoded('lopen', 1, { fid: 3, flags: 0 }),
]

const BATCH = 50
it.each(Object.keys(trees) as TreeName[])(
  'requests that are all but right: %s',
  { timeout: TIMEOUT_MS },
  async name => {
    await serve(trees[name](served) as ReturnType<(typeof trees)['host']>)
    const replies = { good: 0, bad: 0 }
    for (let batch = 0; batch < COUNT / 10 / BATCH; batch++) {
      if (peer.ended) peer = new RawPeer(listening.address)
      await peer.attach(undefined, batch % 2 ? VERSION_L : VERSION_TSVISOR)
      const last = 10_000 + (batch % 10_000)
      peer.send(
        ...prepared,
        ...Array.from({ length: BATCH }, allButRight),
        encoded('getattr', last, { fid: 0, mask: 1 }),
      )
      for (;;) {
        const reply = await peer.reply()
        if (reply === 'closed' || reply.split(' ')[1] === `${last}`) break
        replies[reply.startsWith('Rlerror') ? 'bad' : 'good']++
      }
      await good.stat('/')
    }
    // A fifth is what somebody might have meant.
    expect(replies.good).toBeGreaterThan(COUNT / 10 / 8)
    expect(replies.bad).toBeGreaterThan(COUNT / 10 / 2)
  },
)
