// What an address begins with. (socket)
// Linux include/linux/socket.h: struct sockaddr.

import { EINVAL } from '@tsvisor/abi'

/** The family of a sockaddr. Errors: EINVAL when it has none. */
export function familyOf(address: Uint8Array): number {
  if (address.length < 2) throw EINVAL
  return address[0]! | (address[1]! << 8)
}
