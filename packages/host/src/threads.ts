// System calls that concern one thread, made in every thread of this process. (host)
//
// Capabilities and user ids belong to threads, and Node has some that never run JavaScript. glibc
// has the same problem with setuid(2) and keeps a signal for it that no thread can block: for a
// moment its handler is ours.

import { readdirSync, readFileSync } from 'node:fs'
import { Errno } from '@tsvisor/abi'
import { type Batch, ENTRY_SIZE } from './batch.ts'
import { loadLoop } from './batch-loop.ts'
import { call4 } from './call.ts'
import { monotonicNs } from './clock.ts'
import { allocate } from './memory.ts'
import { at, sys1, sys3 } from './native.ts'
import { NR } from './nr.ts'

/** glibc's SIGSETXID; musl has no use for it. */
const SIGSETXID = 33
const SA_RESTART_RESTORER = 0x1400_0000
const PAGE = 4096
const MAX_ENTRIES = 16
const PATIENCE_MS = 5000

/** The threads of this process, by the number that it knows them by itself. Needs /proc. */
export const ownThreads = (): number[] =>
  readdirSync('/proc/self/task').map(entry => {
    // That /proc may belong to a pid namespace further out.
    const status = readFileSync(`/proc/self/task/${entry}/status`, 'latin1')
    return Number(/^NSpid:.*?(\d+)$/m.exec(status)?.[1] ?? entry)
  })

/**
 * Makes the calls in each of `threads`; returns when all have. Throws the Errno of a failure, the
 * other threads having gone on, and a plain Error if a thread does not answer.
 */
export const inEveryThread = (threads: readonly number[], batch: Batch): void => {
  const room = allocate(PAGE)
  const words = new BigInt64Array(room.bytes.buffer)
  const failure = at(room.address, 32)
  words[0] = BigInt(room.address + 1024)
  words[1] = BigInt(batch.length)
  words[2] = BigInt(failure)
  const entries = new Uint32Array(room.bytes.buffer, 1024, (MAX_ENTRIES * ENTRY_SIZE) / 4)
  if (batch.copyTo(entries, 0) < batch.length) throw new RangeError('too many calls for a thread')
  const { handler, restorer } = loadLoop(room.address)
  const action = 16
  words.set([BigInt(handler), BigInt(SA_RESTART_RESTORER), BigInt(restorer), -1n], action)
  const old = action + 4
  const word = (index: number) => at(room.address, index * 8)
  call4(NR.rt_sigaction, SIGSETXID, word(action), word(old), 8)
  let told = 0
  const through = 6
  const deadline = monotonicNs() + PATIENCE_MS * 1e6
  for (const tid of threads) {
    // A thread that has ended needs nothing.
    if (sys3(NR.tgkill, process.pid, tid, SIGSETXID) === 0) told++
  }
  while (Number(Atomics.load(words, through)) < told) {
    sys1(NR.sched_yield, 0)
    if (monotonicNs() > deadline) throw new Error('a thread of this process does not answer')
  }
  call4(NR.rt_sigaction, SIGSETXID, word(old), 0, 8)
  const result = Number(words[4])
  if (result !== 0) throw Errno.of(-result)
}
