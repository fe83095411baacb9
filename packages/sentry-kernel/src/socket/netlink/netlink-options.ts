// Options of netlink sockets: which groups they hear, and flags. (socket/netlink)
// Linux net/netlink/af_netlink.c: netlink_setsockopt, netlink_getsockopt, netlink_realloc_groups.

import {
  CAP_NET_BROADCAST,
  EINVAL,
  ENOPROTOOPT,
  EPERM,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_BROADCAST_ERROR,
  NETLINK_CAP_ACK,
  NETLINK_DROP_MEMBERSHIP,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_LIST_MEMBERSHIPS,
  NETLINK_LISTEN_ALL_NSID,
  NETLINK_NO_ENOBUFS,
  NETLINK_PKTINFO,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { int } from '../socket-options.ts'

const FLAGS: readonly number[] = [
  NETLINK_PKTINFO,
  NETLINK_BROADCAST_ERROR,
  NETLINK_NO_ENOBUFS,
  NETLINK_LISTEN_ALL_NSID,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
]

export class NetlinkOptions {
  readonly #groupCount: number
  /** A bit for each group; none before the first membership. */
  #groups = new Uint32Array(0)
  readonly #flags = new Set<number>()

  /** `groupCount`: how many groups the protocol has. */
  constructor(groupCount: number) {
    this.#groupCount = groupCount
  }

  /** The first 32, as in a sockaddr_nl. */
  get firstGroups(): number {
    return this.#groups[0] ?? 0
  }
  set firstGroups(bits: number) {
    if (bits === 0 && this.#groups.length === 0) return
    this.#makeGroups()
    this.#groups[0] = bits
  }
  #makeGroups(): void {
    if (this.#groups.length === 0) this.#groups = new Uint32Array(Math.ceil(this.#groupCount / 32))
  }

  /** `room`: bytes that the caller has. Errors: ENOPROTOOPT, EINVAL. */
  get(name: number, room: number): Uint8Array {
    // As many words as fit; all of them count (listLength).
    if (name === NETLINK_LIST_MEMBERSHIPS)
      return new Uint8Array(this.#groups.slice(0, room >> 2).buffer)
    if (!FLAGS.includes(name)) throw ENOPROTOOPT
    if (room < 4) throw EINVAL
    return int(this.#flags.has(name) ? 1 : 0)
  }
  /** Bytes of NETLINK_LIST_MEMBERSHIPS. */
  get listLength(): number {
    return this.#groups.byteLength
  }

  /** Errors: ENOPROTOOPT, EINVAL (no such group), EPERM. */
  set(task: Task, net: NetNamespace, name: number, value: Uint8Array): void {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
    const number = value.length >= 4 ? view.getUint32(0, true) : 0
    if (name === NETLINK_ADD_MEMBERSHIP || name === NETLINK_DROP_MEMBERSHIP) {
      this.#makeGroups()
      if (number === 0 || number > this.#groupCount) throw EINVAL
      const bit = 1 << ((number - 1) & 31)
      const word = (number - 1) >> 5
      if (name === NETLINK_ADD_MEMBERSHIP) this.#groups[word]! |= bit
      else this.#groups[word]! &= ~bit
      return
    }
    if (!FLAGS.includes(name)) throw ENOPROTOOPT
    if (
      name === NETLINK_LISTEN_ALL_NSID &&
      !hasCapabilityIn(task.creds, net.userNamespace, CAP_NET_BROADCAST)
    )
      throw EPERM
    if (number !== 0) this.#flags.add(name)
    else this.#flags.delete(name)
  }
}
