// Threads leave the home CPU when they compute side by side, and come back. (platform-ptrace test)

import * as host from '@tsvisor/host'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hostClock, PtracePlatform } from '../src/index.ts'
import { DATA, next, nextCall, startGuest } from './guest.ts'

let platform: PtracePlatform
beforeAll(() => {
  platform = new PtracePlatform()
})
afterAll(() => platform.shutdown())

const tidOf = (thread: unknown): number => (thread as { tid: number }).tid
const cpusOf = (thread: unknown): number => host.cpusIn(host.getAffinity(tidOf(thread))).length

it.skipIf(host.cpusIn(host.getAffinity(0)).length < 2)('roams and comes home', () => {
  const { space, thread } = startGuest(platform, a => {
    a.label('call').mov('rax', 1).syscall()
    a.mov('rcx', DATA).label('x').load('rdx', 'rcx', 0).compare('rdx', 0).jumpIf('e', 'x')
    a.jump('call')
  })
  nextCall(platform, thread)
  const other = space.newThread(thread)
  expect([cpusOf(thread), cpusOf(other)]).toEqual([1, 1])
  thread.resume('run')
  other.resume('run')
  const start = hostClock.monotonicNs()
  expect(platform.wait(start + 100e6).kind).toBe('wakeup')
  expect([cpusOf(thread), cpusOf(other)].filter(count => count > 1).length).toBe(1)
  const roamer = cpusOf(thread) > 1 ? thread : other
  // Now they call: one of them alone, often enough to be worth a move.
  const word = Uint8Array.of(1, 0, 0, 0)
  space.write(DATA, word)
  expect(next(platform).kind).toBe('syscall')
  expect(next(platform).kind).toBe('syscall')
  for (let i = 0; i < 10; i++) nextCall(platform, roamer)
  expect(cpusOf(roamer)).toBe(1)
  space.release()
})

it('gives this process its CPUs back at shutdown', () => {
  const before = host.getAffinity(0)
  const another = new PtracePlatform()
  expect(host.cpusIn(host.getAffinity(0)).length).toBe(1)
  another.shutdown()
  expect(host.getAffinity(0)).toEqual(before)
})
