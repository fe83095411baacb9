// What the browser runs: codec, client, and the server of worker.ts. Posts what it found to /result.
import {
  decodeReply,
  decodeRequest,
  decodeText,
  encodeReply,
  encodeRequest,
  Files,
  type MessageName,
  messagePortTransport,
  messages,
  type P9Error,
  Reader,
  readHeader,
  Writer,
} from '../../src/index.ts'
import { example } from '../example.ts'

const names = Object.keys(messages) as MessageName[]

/** How many messages come back as they were. */
const roundTrips = (): number => {
  const w = new Writer(new Uint8Array(65536))
  const r = new Reader()
  const same = (a: unknown, b: unknown): number => Number(text(a) === text(b))
  const text = (value: unknown) =>
    JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v))
  return names.reduce((sum, name) => {
    const { request, reply } = messages[name]
    const asked = example(request, [], []) as never
    readHeader(r.reset(w.bytes, 0, encodeRequest(w, name, 1, asked)))
    const there = same(decodeRequest(r, name), asked)
    const answered = example(reply, [], []) as never
    readHeader(r.reset(w.bytes, 0, encodeReply(w, name, 1, answered)))
    return sum + there + same(decodeReply(r, name), answered)
  }, 0)
}

const overPort = async (): Promise<Record<string, unknown>> => {
  const { port1, port2 } = new MessageChannel()
  new Worker('/worker.js', { type: 'module' }).postMessage(port1, [port1])
  const files = await Files.mount(messagePortTransport(port2 as never))
  await files.writeFile('/said', 'grüße')
  const big = await files.readFile('/big')
  const never = await files.open('/never')
  const stop = new AbortController()
  const reading = never.read(0, 10, { signal: stop.signal }).catch((error: Error) => error.message)
  stop.abort(new Error('enough'))
  const found = {
    hello: decodeText(await files.readFile('/hello')),
    said: decodeText(await files.readFile('/said')),
    big: big.length,
    wrong: big.findIndex((byte, i) => byte !== (((i * 7) >> 3) & 255)),
    names: await files.readdir('/'),
    missing: await files.stat('/none').catch((error: P9Error) => error.errno),
    many: (await Promise.all(Array.from({ length: 200 }, () => files.stat('/hello')))).length,
    aborted: await reading,
    removed: await files.unlink('/notes/first').then(() => files.readdir('/notes')),
  }
  files.close()
  return found
}

const report = (found: unknown) => fetch('/result', { method: 'POST', body: JSON.stringify(found) })

overPort()
  .then(port => ({ messages: names.length, roundTrips: roundTrips(), ...port }))
  .catch((error: Error) => ({ error: `${error.stack}` }))
  .then(report)
