// A command that sleeps until its sandbox answers. (runsc tests)

import { mkdtempSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EAGAIN, ENOENT } from '@tsvisor/abi'
import {
  accept,
  bindUnix,
  close,
  listen,
  MSG_DONTWAIT,
  pipeNonblocking,
  recvmsg,
  SOCK_STREAM,
  unixSocket,
} from '@tsvisor/host'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ControlEvent } from '../src/boot/control.ts'
import { encodeFrame, FrameReader } from '../src/boot/frames.ts'
import { ControlCall } from '../src/sandbox/control-call.ts'
import { ControlError, ControlLost } from '../src/sandbox/control-end.ts'

const STARTED = { type: 'started', pid: 7 } as const
const DONE = { type: 'done' } as const
const STACKS = { type: 'stacks' } as const
const SIGNAL = { type: 'signal', signo: 2, target: 'exec' } as const

let directory: string
let server: number
let call: ControlCall
let far: number

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'control-call-'))
  server = unixSocket(SOCK_STREAM)
  bindUnix(server, join(directory, 'control.sock'))
  listen(server, 1)
  call = ControlCall.open(directory)
  far = accept(server, 0)
})
afterEach(() => {
  call.close()
  if (far >= 0) close(far)
  close(server)
  rmSync(directory, { recursive: true })
})

/** What it is to hear, now or when it asks. */
const says = (...events: ControlEvent[]) => {
  for (const event of events) writeSync(far, encodeFrame(event))
}
const hangsUp = () => {
  close(far)
  far = -1
}

/** What has come until now, and the descriptors with it. */
function heard(reader = new FrameReader()) {
  const fds: number[] = []
  const messages: unknown[] = []
  const bytes = new Uint8Array(65536)
  try {
    for (let count = -1; count !== 0; ) {
      count = recvmsg(far, bytes, fds, MSG_DONTWAIT)
      messages.push(...reader.push(bytes.subarray(0, count)))
    }
  } catch (error) {
    expect(error).toBe(EAGAIN)
  }
  return { messages, fds }
}

test('a request is answered', () => {
  says({ type: 'text', text: 'all asleep' })
  expect(call.request(STACKS, 'text')).toEqual({ type: 'text', text: 'all asleep' })
  expect(heard()).toEqual({ messages: [STACKS], fds: [] })
})

test('descriptors go with it, and stay the caller’s', () => {
  const [reader, writer] = pipeNonblocking()
  says(DONE)
  call.request({ type: 'strace', enabled: true }, 'done', { log: writer })
  const { messages, fds } = heard()
  expect(messages).toEqual([{ type: 'strace', enabled: true, passes: ['log'] }])
  expect(fds).toHaveLength(1)
  writeSync(fds[0]!, 'a')
  writeSync(writer, 'b')
  const text = Buffer.alloc(10)
  expect(text.toString('latin1', 0, readSync(reader, text))).toBe('ab')
  for (const fd of [reader, writer, ...fds]) close(fd)
})

test('the answer may be no', () => {
  says({ type: 'error', message: 'not here', status: 127 })
  const no = (() => {
    try {
      return call.request(STACKS, 'text')
    } catch (error) {
      return error
    }
  })()
  expect(no).toBeInstanceOf(ControlError)
  expect(no).toMatchObject({ message: 'not here', status: 127 })
})

test('replies that nobody waits for are not taken for others', () => {
  call.tell(SIGNAL)
  call.tell(SIGNAL)
  says(DONE, { type: 'error', message: 'no such process' }, { type: 'text', text: 'x' })
  expect(call.request(STACKS, 'text').text).toBe('x')
  expect(heard().messages).toEqual([SIGNAL, SIGNAL, STACKS])
})

test('an end may come before the reply', () => {
  says({ type: 'exited', status: 3 }, STARTED)
  expect(call.request({ type: 'wait' }, 'started').pid).toBe(7)
  expect(call.ended().status).toBe(3)
})

test('the last words of a sandbox count, whatever it cannot be told any more', () => {
  says(DONE, { type: 'exited', status: 5 })
  call.request({ type: 'wait' }, 'done')
  hangsUp()
  call.tell(SIGNAL)
  expect(call.ended().status).toBe(5)
})

test('something else is looked after meanwhile', () => {
  const [fd, writer] = pipeNonblocking()
  const seen: string[] = []
  const byte = Buffer.alloc(1)
  call.lookAfter({
    fd,
    onReadable() {
      readSync(fd, byte)
      seen.push(byte.toString())
      call.tell(SIGNAL)
      if (seen.length === 2) says(STARTED, DONE, DONE, { type: 'exited', status: 0 })
    },
  })
  writeSync(writer, 'ab')
  expect(call.request({ type: 'wait' }, 'started').pid).toBe(7)
  expect(call.ended().status).toBe(0)
  expect(seen).toEqual(['a', 'b'])
  expect(heard().messages).toEqual([{ type: 'wait' }, SIGNAL, SIGNAL])
  for (const each of [fd, writer]) close(each)
})

test('a request that is more than the socket holds waits for its reader', () => {
  const [fd, writer] = pipeNonblocking()
  writeSync(writer, 'x')
  const reader = new FrameReader()
  const messages: unknown[] = []
  call.lookAfter({
    fd,
    onReadable() {
      messages.push(...heard(reader).messages)
      if (messages.length === 1) says(DONE)
    },
  })
  const state = 'x'.repeat(3_000_000)
  call.request({ type: 'start', state }, 'done')
  expect(messages).toEqual([{ type: 'start', state }])
  for (const each of [fd, writer]) close(each)
})

test('a sandbox that does not answer is given up', () => {
  call.limit(20)
  expect(() => call.request(STACKS, 'text')).toThrow(ControlLost)
})

const NO_PROTOCOL: Record<string, () => void> = {
  'that hangs up': hangsUp,
  'that sends no JSON': () => writeSync(far, Buffer.from([2, 0, 0, 0, 0x7b, 0x7b])),
  'that sends no event': () => writeSync(far, encodeFrame({ type: 'nonsense' })),
  'that sends too long a frame': () => writeSync(far, Buffer.alloc(4, 0xff)),
  'that answers something else': () => says(DONE),
  'that answers twice': () => says(DONE, DONE),
  'that does not stop': () => says(...new Array(100).fill({ type: 'exited', status: 0 })),
}
test.each(Object.entries(NO_PROTOCOL))('a sandbox %s is none', (_, misbehave) => {
  misbehave()
  expect(() => call.request(STACKS, 'text')).toThrow(ControlLost)
})

test('nobody is called where nobody listens', () => {
  expect(() => ControlCall.open(directory, 'other.sock')).toThrow(ENOENT)
})
