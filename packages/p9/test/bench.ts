// Codec and server, measured. Run: pnpm bench [seconds per row]
// Client and server are two processes; diod is measured the same way where it is installed.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  AsyncClient,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  type MessageName,
  messages,
  Reader,
  readHeader,
  Writer,
} from '../src/index.ts'
import { dial } from '../src/node/index.ts'
import { example } from './example.ts'

const SECONDS = Number(process.argv[2] ?? 0.5)
const MAIN = fileURLToPath(new URL('../src/node/cli/main.ts', import.meta.url))
const SELF = ['--conditions=tsvisor-source', '--import', 'tsx', MAIN]

const row = (name: string, value: number, unit: string): void =>
  console.log(`${name.padEnd(44)} ${Math.round(value).toLocaleString('en').padStart(12)} ${unit}`)

/** Calls in a second, `depth` at a time. */
const rate = async (depth: number, step: (lane: number) => Promise<unknown>): Promise<number> => {
  const end = performance.now() + SECONDS * 1000
  let count = 0
  const start = performance.now()
  const lane = async (index: number): Promise<void> => {
    while (performance.now() < end) {
      await step(index)
      count++
    }
  }
  await Promise.all(Array.from({ length: depth }, (_, i) => lane(i)))
  return (count * 1000) / (performance.now() - start)
}

const timed = (step: () => void): number => {
  for (let i = 0; i < 2000; i++) step()
  const start = performance.now()
  let count = 0
  while (performance.now() - start < (SECONDS * 1000) / 10) {
    for (let i = 0; i < 500; i++) step()
    count += 500
  }
  return ((performance.now() - start) * 1e6) / count
}

const codec = (): void => {
  const w = new Writer(new Uint8Array(65536))
  const r = new Reader()
  for (const name of Object.keys(messages) as MessageName[]) {
    const body = example(messages[name].request, [], []) as never
    const reply = example(messages[name].reply, [], []) as never
    const request = w.bytes.slice(0, encodeRequest(w, name, 1, body))
    row(
      `T${name} encode`,
      timed(() => void encodeRequest(w, name, 1, body)),
      'ns',
    )
    const decode = (): void => {
      readHeader(r.reset(request, 0, request.length))
      decodeRequest(r, name)
    }
    row(`T${name} decode`, timed(decode), 'ns')
    const answer = w.bytes.slice(0, encodeReply(w, name, 1, reply))
    row(
      `R${name} encode`,
      timed(() => void encodeReply(w, name, 1, reply)),
      'ns',
    )
    const decodeAnswer = (): void => {
      readHeader(r.reset(answer, 0, answer.length))
      decodeReply(r, name)
    }
    row(`R${name} decode`, timed(decodeAnswer), 'ns')
  }
}

const FILE_SIZE = 32 << 20

const transfer = async (client: AsyncClient, root: number): Promise<[number, number]> => {
  const fid = client.newFid()
  await client.call('walk', { fid: root, newfid: fid, wname: [] })
  await client.call('lcreate', {
    fid,
    name: `big-${client.msize}`,
    flags: 0o1002,
    mode: 0o644,
    gid: 0,
  })
  const data = new Uint8Array(client.msize - 24)
  const last = Math.floor(FILE_SIZE / data.length)
  let at = 0
  const next = (): number => (at++ % last) * data.length
  const writes = await rate(4, () => client.call('write', { fid, offset: next(), data }))
  const count = data.length
  const reads = await rate(4, () => client.call('read', { fid, offset: next(), count }))
  await client.clunk(fid)
  return [(writes * count) / (1 << 20), (reads * count) / (1 << 20)]
}

const server = async (name: string, address: string, aname: string): Promise<void> => {
  const connect = async (msize: number): Promise<[AsyncClient, number]> => {
    for (let tries = 0; ; tries++) {
      try {
        const client = await AsyncClient.connect(await dial(address), { msize })
        return [client, await client.attach(aname)]
      } catch (error) {
        if (tries > 100) throw error
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
  }
  for (const msize of [64 << 10, 1 << 20]) {
    const [client, root] = await connect(msize)
    const [written, read] = await transfer(client, root)
    row(`${name} write, msize ${client.msize >> 10} KiB`, written, 'MiB/s')
    row(`${name} read, msize ${client.msize >> 10} KiB`, read, 'MiB/s')
    client.close()
  }
  const [client, root] = await connect(64 << 10)
  const getattr = () => client.call('getattr', { fid: root, mask: 0x7ff })
  row(`${name} getattr, depth 1`, await rate(1, getattr), '/s')
  row(`${name} getattr, depth 8`, await rate(8, getattr), '/s')
  const wname = [`big-${64 << 10}`]
  const walk = async (): Promise<void> => {
    const newfid = client.newFid()
    await client.call('walk', { fid: root, newfid, wname })
    await client.clunk(newfid)
  }
  row(`${name} walk + clunk`, await rate(1, walk), '/s')
  let made = 0
  const create = async (): Promise<void> => {
    const fid = client.newFid()
    await client.call('walk', { fid: root, newfid: fid, wname: [] })
    await client.call('lcreate', { fid, name: `f${made++}`, flags: 0o1001, mode: 0o644, gid: 0 })
    await client.clunk(fid)
  }
  row(`${name} walk + create + clunk`, await rate(1, create), '/s')
  client.close()
}

const isInstalled = (command: string): boolean => {
  try {
    execFileSync('which', [command])
    return true
  } catch {
    return false
  }
}

const main = async (): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'p9-bench-'))
  const children: ChildProcess[] = []
  const start = (command: string, args: string[]): void => {
    children.push(spawn(command, args, { stdio: 'ignore' }))
  }
  try {
    start(process.execPath, [...SELF, 'serve', dir, '--unix', join(dir, '.s')])
    await server('unix', `unix!${join(dir, '.s')}`, '')
    start(process.execPath, [...SELF, 'serve', dir, '--tcp', '127.0.0.1:5641'])
    await server('tcp', 'tcp!127.0.0.1!5641', '')
    if (isInstalled('diod')) {
      const flags = ['-f', '-n', '-N', '-c', '/dev/null', '-L', '/dev/null']
      start('diod', [...flags, '-e', dir, '-l', '127.0.0.1:5642'])
      await server('diod (tcp)', 'tcp!127.0.0.1!5642', dir)
    }
  } finally {
    for (const child of children) child.kill()
    execFileSync('rm', ['-rf', dir])
  }
  if (!process.argv.includes('--server')) codec()
}

await main()
