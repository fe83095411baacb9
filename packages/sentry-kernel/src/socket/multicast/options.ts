// Which options are about multicast. (socket/multicast)

import { AF_INET6, SOL_IP, SOL_IPV6 } from '@tsvisor/abi'
import type { InetSocket } from '../inet/inet-socket.ts'
import type { Getter, Setter } from './group-options.ts'
import { ipv4Getters, ipv4Setters } from './ipv4-options.ts'
import { ipv6Getters, ipv6Setters } from './ipv6-options.ts'

export function multicastSetter(
  { domain }: InetSocket,
  level: number,
  name: number,
): Setter | undefined {
  if (level === SOL_IP) return ipv4Setters.get(name)
  return level === SOL_IPV6 && domain === AF_INET6 ? ipv6Setters.get(name) : undefined
}
export function multicastGetter(
  { domain }: InetSocket,
  level: number,
  name: number,
): Getter | undefined {
  if (level === SOL_IP) return ipv4Getters.get(name)
  return level === SOL_IPV6 && domain === AF_INET6 ? ipv6Getters.get(name) : undefined
}
