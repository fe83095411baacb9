// Waiting for descriptors, without a loop of Node's. (host)

import { EINTR } from '@tsvisor/abi'
import { call3 } from './call.ts'
import { at } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

export const POLLIN = 1
export const POLLOUT = 4
const MAX_FDS = 1024

/** How many of the descriptors in the scratch buffer are ready. */
function poll(count: number, timeoutMs: number): number {
  try {
    return call3(NR.poll, at(scratch.address, 0), count, timeoutMs)
  } catch (error) {
    // No handler that this process may have lets poll(2) start again.
    if (error !== EINTR) throw error
    return 0
  }
}

/** poll(2) of one descriptor: the ready bits, 0 after `timeoutMs` (-1: never) or a signal. */
export const poll1 = (fd: number, events: number, timeoutMs: number): number => {
  scratchView.setInt32(0, fd, true)
  scratchView.setUint32(4, events & 0xffff, true)
  return poll(1, timeoutMs) === 0 ? 0 : scratchView.getUint16(6, true)
}

const setEntry = (index: number, fd: number, events: number): void => {
  scratchView.setInt32(index * 8, fd, true)
  scratchView.setInt32(index * 8 + 4, events, true)
}

/** The index of the first entry in the scratch buffer that is ready, or -1. */
const firstReady = (count: number, timeoutMs: number): number => {
  if (poll(count, timeoutMs) === 0) return -1
  for (let i = 0; i < count; i++) if (scratchView.getInt16(i * 8 + 6, true) !== 0) return i
  return -1
}

/**
 * poll(2) until something can be read from one of `fds` (1024 at most) or its peer is gone; the
 * index of the first such, or -1 after `timeoutMs` (-1: never) or a signal.
 */
export const pollReadable = (fds: readonly number[], timeoutMs: number): number => {
  const count = Math.min(fds.length, MAX_FDS)
  for (let i = 0; i < count; i++) setEntry(i, fds[i]!, POLLIN)
  return firstReady(count, timeoutMs)
}

export interface PollEntry {
  readonly fd: number
  /** POLLIN, POLLOUT or both. */
  readonly events: number
}

/** The same for what each entry (1024 at most) says. */
export const pollFirst = (entries: readonly PollEntry[], timeoutMs: number): number => {
  const count = Math.min(entries.length, MAX_FDS)
  for (let i = 0; i < count; i++) setEntry(i, entries[i]!.fd, entries[i]!.events)
  return firstReady(count, timeoutMs)
}
