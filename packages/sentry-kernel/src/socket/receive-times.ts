// When a message came, for those who ask. (socket)
// Linux net/core/sock.c: sock_set_timestamp; net/socket.c: __sock_recv_timestamp; socket(7).

import {
  type Addr,
  ENOENT,
  SIOCGSTAMP_NEW,
  SIOCGSTAMP_OLD,
  SIOCGSTAMPNS_NEW,
  SIOCGSTAMPNS_OLD,
  SO_TIMESTAMP,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SOL_SOCKET,
} from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import type { ControlMessage } from './message.ts'

const NAMES: readonly number[] = [
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_NEW,
]
const isFine = (name: number): boolean => name === SO_TIMESTAMPNS || name === SO_TIMESTAMPNS_NEW

/** The four options of which a socket has one at most; each is the type of its control message. */
export class ReceiveTimes {
  static readonly isOption = (name: number): boolean => NAMES.includes(name)
  #asked: number | undefined
  /** Of the message that was read last; kept since somebody asked, and 'unknown' before. */
  #last: Time | 'unknown' | undefined
  #keepsLast = false

  get wanted(): boolean {
    return this.#asked !== undefined || this.#keepsLast
  }
  /** SIOCGSTAMP, which takes `now` for an unknown time (sock_gettstamp). Errors: ENOENT before any message. */
  last(now: Time): Time {
    this.#keepsLast = true
    if (this.#last === undefined) throw ENOENT
    if (this.#last === 'unknown') this.#last = now
    return this.#last
  }
  inherit(from: ReceiveTimes): void {
    this.#asked = from.#asked
  }
  /** Of the new ones the coarse one is on with the fine one. */
  get(name: number): boolean {
    const asked = this.#asked
    return asked === name || (asked === SO_TIMESTAMPNS_NEW && name === SO_TIMESTAMP_NEW)
  }
  /** To turn off one of them is to turn off all. */
  set(name: number, wish: 'on' | 'off'): void {
    this.#asked = wish === 'on' ? name : undefined
  }

  /** struct timeval or timespec; nothing for those who did not ask. */
  tell({ sec, nsec }: Time): readonly ControlMessage[] {
    const type = this.#asked
    if (type === undefined) {
      if (this.#keepsLast) this.#last = { sec, nsec }
      else this.#last ??= 'unknown'
      return []
    }
    const body = encode(sec, isFine(type) ? nsec : Math.floor(nsec / 1000))
    return [{ level: SOL_SOCKET, type, body }]
  }
}

/** SIOCGSTAMP, SIOCGSTAMPNS; undefined for other requests. Errors: ENOENT, EFAULT. */
export function stampIoctl(
  task: Task,
  times: ReceiveTimes,
  request: number,
  at: Addr,
): number | undefined {
  const isCoarse = request === SIOCGSTAMP_OLD || request === SIOCGSTAMP_NEW
  if (!isCoarse && request !== SIOCGSTAMPNS_OLD && request !== SIOCGSTAMPNS_NEW) return undefined
  const { sec, nsec } = times.last(task.kernel.clock.realtime())
  task.mm.write(at, encode(sec, isCoarse ? Math.floor(nsec / 1000) : nsec))
  return 0
}

/** struct timeval or timespec. */
function encode(sec: number, rest: number): Uint8Array {
  const body = new Uint8Array(16)
  const view = new DataView(body.buffer)
  view.setUint32(0, sec, true)
  view.setInt32(4, Math.floor(sec / 0x1_0000_0000), true)
  view.setUint32(8, rest, true)
  return body
}
