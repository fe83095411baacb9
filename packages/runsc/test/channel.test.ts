// One end of a socket between processes of ours. (runsc tests)

import { closeSync, fstatSync, readSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { EAGAIN, EBADF, EPIPE } from '@tsvisor/abi'
import {
  close,
  getFlags,
  MSG_DONTWAIT,
  pipeNonblocking,
  recv,
  recvmsg,
  SOCK_STREAM,
  socketpair,
} from '@tsvisor/host'
import { expect, test } from 'vitest'
import { Channel } from '../src/sandbox/channel.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

/** What a channel says, until it ends. */
function heard(channel: Channel) {
  let text = ''
  const end = new Promise<Error | undefined>(resolve =>
    channel.listen({
      onData: chunk => void (text += new TextDecoder().decode(chunk)),
      onEnd: resolve,
    }),
  )
  return { end, text: () => text }
}

test('what the far end says arrives, and then its end', async () => {
  const [fd, far] = socketpair(SOCK_STREAM)
  const channel = new Channel(fd)
  const { end, text } = heard(channel)
  expect(channel.hasHeard).toBe(false)
  writeSync(far, 'one ')
  await delay(20)
  writeSync(far, 'two')
  closeSync(far)
  expect(await end).toBeUndefined()
  expect(text()).toBe('one two')
  expect(channel.hasHeard).toBe(true)
  channel.close()
  channel.close()
  expect(() => getFlags(fd)).toThrow(EBADF)
})

test('a message goes with its descriptors, which stay the sender’s', async () => {
  const [fd, far] = socketpair(SOCK_STREAM)
  const [reader, writer] = pipeNonblocking()
  const channel = new Channel(fd)
  await channel.send(bytes('take this'), [writer])
  const fds: number[] = []
  const into = new Uint8Array(100)
  expect(recvmsg(far, into, fds, MSG_DONTWAIT)).toBe(9)
  expect(fds).toHaveLength(1)
  expect(fstatSync(fds[0]!).ino).toBe(fstatSync(writer).ino)
  for (const each of [far, reader, writer, ...fds]) close(each)
  channel.close()
})

test('more than the socket holds waits for its reader, and messages do not mix', async () => {
  const [fd, far] = socketpair(SOCK_STREAM)
  const channel = new Channel(fd)
  const first = new Uint8Array(3_000_000).fill(1)
  const second = new Uint8Array(1_000_000).fill(2)
  const sent = Promise.all([channel.send(first), channel.send(second)]).then(() => channel.close())
  const got: number[] = []
  let total = 0
  for (const buffer = new Uint8Array(100_000); total < 4_000_000; ) {
    try {
      const count = recv(far, buffer, MSG_DONTWAIT)
      total += count
      for (const value of buffer.subarray(0, count)) if (got.at(-1) !== value) got.push(value)
    } catch (error) {
      expect(error).toBe(EAGAIN)
      await delay(1)
    }
  }
  await sent
  expect(readSync(far, new Uint8Array(1))).toBe(0)
  expect(got).toEqual([1, 2])
  close(far)
})

test('closed while it listens it is gone at once for the far end, and says nothing more', async () => {
  const [fd, far] = socketpair(SOCK_STREAM)
  const channel = new Channel(fd)
  const { end, text } = heard(channel)
  channel.close()
  expect(readSync(far, new Uint8Array(1))).toBe(0)
  await delay(50)
  expect(() => getFlags(fd)).toThrow(EBADF)
  expect(text()).toBe('')
  expect(await Promise.race([end, delay(50, 'nothing')])).toBe('nothing')
  close(far)
})

test('to somebody who is gone nothing can be sent', async () => {
  const [fd, far] = socketpair(SOCK_STREAM)
  const channel = new Channel(fd)
  close(far)
  await expect(channel.send(bytes('hello'))).rejects.toBe(EPIPE)
  channel.close()
})
