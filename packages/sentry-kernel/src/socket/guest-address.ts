// Socket addresses in guest memory. (socket)
// Linux net/socket.c: move_addr_to_kernel, move_addr_to_user.

import { type Addr, EINVAL } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'

/** sizeof(struct sockaddr_storage) */
const STORAGE = 128

/** A sockaddr as bytes. Errors: EINVAL (length), EFAULT. */
export function readAddress(task: Task, addr: Addr, length: number): Uint8Array {
  if (length < 0 || length > STORAGE) throw EINVAL
  return task.mm.readBytes(addr, length)
}

/** Stores an address, cut to the room there is; the full length goes to `lengthAddr`. Errors: EINVAL, EFAULT. */
export function writeAddress(task: Task, addr: Addr, lengthAddr: Addr, address: Uint8Array): void {
  const room = task.mm.readI32(lengthAddr)
  if (room < 0) throw EINVAL
  task.mm.write(addr, address.subarray(0, room))
  task.mm.writeU32(lengthAddr, address.length)
}
