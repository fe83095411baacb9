// Protocol families: who makes sockets of which kind. (socket)
// Linux net/socket.c: sock_register, __sock_create.

import {
  AF_INET,
  AF_INET6,
  AF_MAX,
  AF_NETLINK,
  AF_UNIX,
  EAFNOSUPPORT,
  EINVAL,
  EOPNOTSUPP,
} from '@tsvisor/abi'
import { kernelLocal } from '../kernel/kernel-local.ts'
import type { Task } from '../task/task.ts'
import { inetFamily } from './inet/inet-family.ts'
import { netlinkFamily } from './netlink/netlink-socket.ts'
import type { Socket } from './socket.ts'
import { unixFamily } from './unix/unix-family.ts'

export interface ProtocolFamily {
  /** A new unbound socket. Errors: EPROTONOSUPPORT, ESOCKTNOSUPPORT. */
  create(task: Task, type: number, protocol: number, flags: number): Socket
  /** A connected pair. Errors: EOPNOTSUPP by default. */
  createPair?(task: Task, type: number, protocol: number, flags: number): readonly [Socket, Socket]
}

/** The families of a kernel, by AF_*. A network stack adds or replaces its own. */
export const families = kernelLocal(
  () =>
    new Map<number, ProtocolFamily>([
      [AF_UNIX, unixFamily],
      [AF_INET, inetFamily(AF_INET)],
      [AF_INET6, inetFamily(AF_INET6)],
      [AF_NETLINK, netlinkFamily],
    ]),
)

/** Errors: EAFNOSUPPORT, EINVAL (type out of range), the family's. */
export function createSocket(
  task: Task,
  domain: number,
  type: number,
  protocol: number,
  flags: number,
): Socket {
  return familyFor(task, domain, type).create(task, type, protocol, flags)
}
export function createSocketPair(
  task: Task,
  domain: number,
  type: number,
  protocol: number,
  flags: number,
): readonly [Socket, Socket] {
  const family = familyFor(task, domain, type)
  if (!family.createPair) throw EOPNOTSUPP
  return family.createPair(task, type, protocol, flags)
}

function familyFor(task: Task, domain: number, type: number): ProtocolFamily {
  if (domain < 0 || domain >= AF_MAX) throw EAFNOSUPPORT
  if (type < 0 || type >= 11) throw EINVAL
  const family = families(task.kernel).get(domain)
  if (family === undefined) throw EAFNOSUPPORT
  return family
}
