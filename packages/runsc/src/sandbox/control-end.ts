// The command's end of a control connection: what it says and hears, however it waits. (runsc)

import { closeSync, openSync } from 'node:fs'
import { close, connectUnix, SOCK_NONBLOCK, SOCK_STREAM, unixSocket } from '@tsvisor/host'
import type { ControlEvent, ControlRequest, PassedName } from '../boot/control.ts'
import { encodeFrame } from '../boot/frames.ts'
import { debugOf } from '../debug.ts'

export type Reply = ControlEvent['type']
export type EventOf<K extends Reply> = Extract<ControlEvent, { readonly type: K }>

/** The sandbox process said no: `message` is for the user, `status` for the command's exit. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
  readonly status: number | undefined
  readonly lost: 'gofer' | undefined

  constructor({ message, status, lost }: { message: string; status?: number; lost?: 'gofer' }) {
    super(message)
    this.status = status
    this.lost = lost
  }
}

/** The sandbox process is gone, or speaks no protocol. */
export class ControlLost extends Error {
  override readonly name = 'ControlLost'

  constructor(reason: string) {
    super(`the sandbox process is gone: ${reason}`)
  }
}

/** Descriptors that go with a request, by name. They stay the caller's. */
export type Passed = Partial<Record<PassedName, number>>

/** More ends that nobody waited for only somebody hostile would send. */
export const MAX_KEPT = 64

const STDERR = 2
export const debug = debugOf('command', STDERR)

/** A request as it goes over the socket: the descriptors with the first byte. */
export interface Outgoing {
  readonly bytes: Uint8Array
  readonly fds: readonly number[]
}

export function outgoing(request: ControlRequest, passed: Passed): Outgoing {
  debug?.(`asks ${JSON.stringify(request)}`)
  const names = Object.keys(passed) as PassedName[]
  return {
    bytes: encodeFrame(names.length > 0 ? { ...request, passes: names } : request),
    fds: names.map(name => passed[name]!),
  }
}

/** What came, if it is the reply that was wanted. Errors: ControlError when the answer is no. */
export function wanted<K extends Reply>(event: ControlEvent, reply: K): EventOf<K> | undefined {
  if (event.type === 'error' || event.type === 'fatal') throw new ControlError(event)
  return event.type === reply ? (event as EventOf<K>) : undefined
}

/**
 * A socket, not blocking, that is connected to the one of a sandbox in `directory`, whose path may be
 * longer than a socket's may. Errors: Node's of opening the directory, Errno of connecting: ENOENT,
 * ECONNREFUSED when nobody listens …
 */
export function connectControl(directory: string, name: string): number {
  const socket = unixSocket(SOCK_STREAM | SOCK_NONBLOCK)
  try {
    const fd = openSync(directory, 'r')
    try {
      connectUnix(socket, `/proc/self/fd/${fd}/${name}`)
      return socket
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    close(socket)
    throw error
  }
}
