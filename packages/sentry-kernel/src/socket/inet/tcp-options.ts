// TCP options: checked and kept as Linux does; most mean nothing further on a loopback network. (socket/inet)
// Linux net/ipv4/tcp.c: do_tcp_setsockopt, secs_to_retrans.

import {
  EINVAL,
  ENOENT,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_FASTOPEN,
  TCP_INQ,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
  TCP_WINDOW_CLAMP,
} from '@tsvisor/abi'
import { exactly, type Option, switched } from './int-option.ts'

const INT_MAX = 0x7fff_ffff
const MIN_MSS = 88
const MAX_WINDOW = 32767
/** The MTU of the loopback interface, less headers. */
export const LOOPBACK_MSS = 65483
const FIN_TIMEOUT = 60
const MAX_FIN_TIMEOUT = 120
/** SOCK_MIN_RCVBUF / 2 */
const MIN_CLAMP = 1152
const SOMAXCONN = 4096
const MAX_RTO = 120
const MAX_RETRANSMISSIONS = 255

/** Rounded up to the time that so many retransmissions take. */
function retransmissionSeconds(seconds: number): number {
  if (seconds <= 0) return 0
  let total = 1
  for (let count = 1, wait = 1; seconds > total && count < MAX_RETRANSMISSIONS; count++) {
    wait = Math.min(wait * 2, MAX_RTO)
    total += wait
  }
  return total
}

const segment = exactly(MIN_MSS, MAX_WINDOW, LOOPBACK_MSS)
const queue = exactly(0, INT_MAX, 0)

export const TCP_OPTIONS: ReadonlyMap<number, Option> = new Map<number, Option>([
  [TCP_NODELAY, switched(0)],
  [TCP_CORK, switched(0)],
  [
    TCP_MAXSEG,
    {
      ...segment,
      check: (value, ...rest) => (value === 0 ? LOOPBACK_MSS : segment.check(value, ...rest)),
    },
  ],
  [TCP_KEEPIDLE, exactly(1, 32767, 7200)],
  [TCP_KEEPINTVL, exactly(1, 32767, 75)],
  [TCP_KEEPCNT, exactly(1, 127, 9)],
  [TCP_SYNCNT, exactly(1, 127, 6)],
  [
    TCP_LINGER2,
    {
      initial: FIN_TIMEOUT,
      check: value => (value < 0 ? -1 : Math.min(value || FIN_TIMEOUT, MAX_FIN_TIMEOUT)),
    },
  ],
  [TCP_DEFER_ACCEPT, { initial: 0, check: retransmissionSeconds }],
  [
    TCP_WINDOW_CLAMP,
    { initial: 0, check: value => (value === 0 ? 0 : Math.max(value, MIN_CLAMP)) },
  ],
  [TCP_QUICKACK, switched(1)],
  [TCP_USER_TIMEOUT, exactly(0, INT_MAX, 0)],
  [
    TCP_FASTOPEN,
    { ...queue, check: (value, ...rest) => Math.min(queue.check(value, ...rest), SOMAXCONN) },
  ],
  [TCP_INQ, exactly(0, 1, 0)],
  [TCP_NOTSENT_LOWAT, { initial: 0, check: value => value }],
])

/** TCP_CA_NAME_MAX */
const NAME_SIZE = 16
const nameBytes = (name: string): Uint8Array =>
  Uint8Array.from(name.padEnd(NAME_SIZE, '\0'), c => c.charCodeAt(0))
export const CUBIC = nameBytes('cubic')
const CONGESTION_CONTROLS = new Map([
  ['cubic', CUBIC],
  ['reno', nameBytes('reno')],
])

/** What TCP_CONGESTION names. Errors: EINVAL, ENOENT. */
export function congestionControl(value: Uint8Array): Uint8Array {
  if (value.length < 1) throw EINVAL
  const end = value.subarray(0, NAME_SIZE - 1).indexOf(0)
  const name = String.fromCharCode(...value.subarray(0, end < 0 ? NAME_SIZE - 1 : end))
  const known = CONGESTION_CONTROLS.get(name)
  if (known === undefined) throw ENOENT
  return known
}
