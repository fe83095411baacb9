// SO_BINDTODEVICE, SO_BINDTOIFINDEX: a socket that has to do with one interface alone. (socket)
// Linux net/core/sock.c: sock_setbindtodevice, sock_bindtoindex_locked, sock_getbindtodevice; socket(7).

import { CAP_NET_RAW, EINVAL, ENODEV, EPERM } from '@tsvisor/abi'
import { byteString } from '../mm/user-memory.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { LO_INDEX, LO_NAME } from './loopback.ts'
import type { Socket } from './socket.ts'

/** IFNAMSIZ: a name with its end, bytes. */
const NAME_SIZE = 16

/** By name, by none for none. Errors: ENODEV, EPERM. */
export function bindToDevice(task: Task, socket: Socket, value: Uint8Array): void {
  const whole = value.subarray(0, NAME_SIZE - 1)
  const end = whole.indexOf(0)
  const name = byteString(end < 0 ? whole : whole.subarray(0, end))
  if (name !== '' && name !== LO_NAME) throw ENODEV
  bindToIndex(task, socket, name === '' ? 0 : LO_INDEX)
}
/** By number, whether there is such an interface or not. Errors: EPERM (it was bound before), EINVAL. */
export function bindToIndex(task: Task, socket: Socket, index: number): void {
  const { options, net } = socket
  if (options.interface !== 0 && !hasCapabilityIn(task.creds, net.userNamespace, CAP_NET_RAW))
    throw EPERM
  if (index < 0) throw EINVAL
  options.interface = index
}
/** The name with its end; `room`: bytes that there are for it. Errors: EINVAL, ENODEV. */
export function boundDevice(index: number, room: number): Uint8Array {
  if (index === 0) return new Uint8Array(0)
  if (room < NAME_SIZE) throw EINVAL
  if (index !== LO_INDEX) throw ENODEV
  return Uint8Array.from(`${LO_NAME}\0`, c => c.charCodeAt(0))
}
