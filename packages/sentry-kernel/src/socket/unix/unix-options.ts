// What getsockopt(2) and ioctl(2) say of unix domain sockets. (socket/unix)
// Linux net/core/sock.c: sk_getsockopt; net/unix/af_unix.c: unix_ioctl.

import {
  type Addr,
  EINVAL,
  ENODATA,
  ENOPROTOOPT,
  EOPNOTSUPP,
  FIONREAD,
  SIOCOUTQ,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SO_PEERSEC,
  SOL_SOCKET,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import { interfaceIoctl } from '../interface-ioctl.ts'
import { ints } from '../socket-options.ts'
import type { UnixSocket } from './unix-socket.ts'

/** Undefined for what all sockets have. Errors: EOPNOTSUPP, ENODATA, ENOPROTOOPT. */
export function unixOption(
  { peerCredentials: peer }: UnixSocket,
  task: Task,
  level: number,
  name: number,
): Uint8Array | undefined {
  if (level !== SOL_SOCKET) throw EOPNOTSUPP
  if (name === SO_PEERCRED) {
    if (peer === undefined) return ints(0, -1, -1)
    const { uids, gids } = task.creds.userNamespace
    const number = peer.pid?.in(task.pidNamespace) ?? 0
    return ints(number, uids.shown(peer.uid), gids.shown(peer.gid))
  }
  if (name === SO_PEERGROUPS && peer === undefined) throw ENODATA
  if (name === SO_PEERSEC) throw ENOPROTOOPT
  return undefined
}

export function unixIoctl(socket: UnixSocket, task: Task, request: number, arg: number): number {
  switch (request) {
    case FIONREAD:
      if (socket.listening) throw EINVAL
      task.mm.writeU32(arg as Addr, socket.unread)
      return 0
    case SIOCOUTQ:
      task.mm.writeU32(arg as Addr, socket.charged)
      return 0
    default:
      return interfaceIoctl(socket.net, task, request, arg)
  }
}
