// AF_UNIX as a protocol family. (socket/unix)
// Linux net/unix/af_unix.c: unix_create.

import {
  AF_UNIX,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { ProtocolFamily } from '../families.ts'
import { UnixSocket } from './unix-socket.ts'

function create(task: Task, type: number, protocol: number, flags: number): UnixSocket {
  if (protocol !== 0 && protocol !== AF_UNIX) throw EPROTONOSUPPORT
  if (type === SOCK_RAW) return new UnixSocket(task, SOCK_DGRAM, flags)
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) throw ESOCKTNOSUPPORT
  return new UnixSocket(task, type, flags)
}

export const unixFamily: ProtocolFamily = {
  create,
  createPair(task, type, protocol, flags) {
    const pair = [create(task, type, protocol, flags), create(task, type, protocol, flags)] as const
    UnixSocket.join(task, pair[0], pair[1])
    return pair
  },
}
