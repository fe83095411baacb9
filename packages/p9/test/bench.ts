// Codec and server, measured. Run: pnpm bench [seconds] [rounds] [--server]
// Client and server are two processes; diod is measured in turns with ours where it is installed.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
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
/** Seconds before a row is measured at a server. */
const WARM_UP = 3
/** Each row is measured this often at each server, in turns; the medians are shown. */
const ROUNDS = Number(process.argv[3] ?? 5)
const MAIN = fileURLToPath(new URL('../src/node/cli/main.ts', import.meta.url))
const SELF = ['--conditions=tsvisor-source', '--import', 'tsx', MAIN]

/** Calls in a second, `depth` at a time. */
const rate = async (
  depth: number,
  seconds: number,
  step: (lane: number) => Promise<unknown>,
): Promise<number> => {
  const end = performance.now() + seconds * 1000
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

const row = (name: string, value: number, unit: string): void =>
  console.log(`${name.padEnd(44)} ${Math.round(value).toLocaleString('en').padStart(12)} ${unit}`)

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

interface Server {
  readonly name: string
  readonly process: ChildProcess
  readonly address: string
  readonly aname: string
}

interface Mounted {
  readonly client: AsyncClient
  readonly root: number
}

const mount = async ({ address, aname }: Server, msize: number): Promise<Mounted> => {
  for (let tries = 0; ; tries++) {
    try {
      const client = await AsyncClient.connect(await dial(address), { msize })
      return { client, root: await client.attach(aname) }
    } catch (error) {
      if (tries > 200) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

const create = async ({ client, root }: Mounted, name: string): Promise<number> => {
  const fid = client.newFid()
  await client.call('walk', { fid: root, newfid: fid, wname: [] })
  await client.call('lcreate', { fid, name, flags: 0o1002, mode: 0o644, gid: 0 })
  return fid
}

interface Row {
  readonly name: string
  readonly msize: number
  readonly depth: number
  /** MiB of one call, or 0: calls are counted. */
  readonly mib: (client: AsyncClient) => number
  readonly start: (mounted: Mounted, server: Server) => Promise<() => Promise<unknown>>
}

const dataSize = ({ msize }: AsyncClient): number => msize - 24
const transfer = (kind: 'write' | 'read', msize: number): Row => ({
  name: `${kind} MiB/s, msize ${msize >> 10} KiB`,
  msize,
  depth: 4,
  mib: client => dataSize(client) / (1 << 20),
  start: async (mounted, server) => {
    const { client } = mounted
    const fid = await create(mounted, `big-${server.name}-${client.msize}`)
    const data = new Uint8Array(dataSize(client))
    const pieces = Math.floor(FILE_SIZE / data.length)
    let at = 0
    const next = (): number => (at++ % pieces) * data.length
    const write = () => client.call('write', { fid, offset: next(), data })
    for (let i = 0; i < pieces; i++) await write()
    if (kind === 'write') return write
    const read = { fid, offset: 0, count: data.length }
    return () => client.call('read', { ...read, offset: next() }, { into: data })
  },
})
const counted = (name: string, depth: number, start: Row['start']): Row => ({
  name: `${name}/s${depth > 1 ? `, depth ${depth}` : ''}`,
  msize: 64 << 10,
  depth,
  mib: () => 0,
  start,
})
const getattr: Row['start'] = async ({ client, root }) => {
  return () => client.call('getattr', { fid: root, mask: 0x7ff })
}
let made = 0
const ROWS: readonly Row[] = [
  ...[64 << 10, 1 << 20].flatMap(msize => [transfer('write', msize), transfer('read', msize)]),
  counted('getattr', 1, getattr),
  counted('getattr', 8, getattr),
  counted('walk + clunk', 1, async (mounted, server) => {
    const { client, root } = mounted
    const name = `walked-${server.name}`
    await client.clunk(await create(mounted, name))
    return async () => {
      const newfid = client.newFid()
      await client.call('walk', { fid: root, newfid, wname: [name] })
      await client.clunk(newfid)
    }
  }),
  counted('walk + create + clunk', 1, async mounted => async () => {
    await mounted.client.clunk(await create(mounted, `f${made++}`))
  }),
]

/** CPU time of a process and its threads so far, in clock ticks of 10 ms. */
const cpuTicks = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return Number(fields[11]) + Number(fields[12])
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1]!

/** A line of the table: for each server the median rate, and its CPU time for one call. */
const measure = async (row: Row, servers: readonly Server[]): Promise<string[]> => {
  const lanes = await Promise.all(
    servers.map(async server => {
      const mounted = await mount(server, row.msize)
      const step = await row.start(mounted, server)
      return { server, mounted, step, rates: [] as number[], calls: 0, ticks: 0 }
    }),
  )
  // Whoever compiles while it runs has done so afterwards.
  for (const lane of lanes) await rate(row.depth, WARM_UP, lane.step)
  for (let round = 0; round < ROUNDS; round++) {
    for (const lane of lanes) {
      const before = cpuTicks(lane.server.process.pid!)
      const found = await rate(row.depth, SECONDS, lane.step)
      lane.rates.push(found)
      lane.ticks += cpuTicks(lane.server.process.pid!) - before
      lane.calls += found * SECONDS
    }
  }
  for (const { mounted } of lanes) mounted.client.close()
  return lanes.map(({ rates, mounted, ticks, calls }) => {
    const value = median(rates) * (row.mib(mounted.client) || 1)
    const cpu = (ticks * 10_000) / calls
    return `${Math.round(value).toLocaleString('en')} (${cpu.toFixed(1)} µs)`
  })
}

const isInstalled = (command: string): boolean => {
  try {
    execFileSync('which', [command])
    return true
  } catch {
    return false
  }
}

const startServers = (dir: string): Server[] => {
  const start = (name: string, command: string, args: string[], address: string, aname: string) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    return { name, process: child, address, aname }
  }
  const self = (name: string, flags: string[], address: string): Server =>
    start(name, process.execPath, [...SELF, 'serve', dir, ...flags], address, '')
  const socket = join(dir, '.s')
  const servers = [
    self('unix', ['--unix', socket], `unix!${socket}`),
    self('tcp', ['--tcp', '127.0.0.1:5641'], 'tcp!127.0.0.1!5641'),
  ]
  if (isInstalled('diod')) {
    const flags = ['-f', '-n', '-N', '-c', '/dev/null', '-L', '/dev/null']
    const args = [...flags, '-e', dir, '-l', '127.0.0.1:5642']
    servers.push(start('diod', 'diod', args, 'tcp!127.0.0.1!5642', dir))
  }
  return servers
}

const main = async (): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), 'p9-bench-'))
  const servers = startServers(dir)
  const line = (name: string, cells: readonly string[]): void =>
    console.log(name.padEnd(28) + cells.map(cell => cell.padStart(22)).join(''))
  try {
    console.log(
      `Median rate, CPU time of the server for one call. Load: ${loadavg()[0]!.toFixed(1)}`,
    )
    line(
      '',
      servers.map(({ name }) => name),
    )
    for (const row of ROWS) line(row.name, await measure(row, servers))
  } finally {
    for (const server of servers) server.process.kill()
    execFileSync('rm', ['-rf', dir])
  }
  if (!process.argv.includes('--server')) codec()
}

await main()
