// The way to multicast groups and broadcast addresses. (socket/inet)
// Linux net/ipv4/route.c: ip_route_output_key_hash_rcu.

import { EINVAL, ENETUNREACH, ENODEV, INADDR_BROADCAST } from '@tsvisor/abi'
import { LO_INDEX, type Loopback } from '../loopback.ts'
import { type Endpoint, isBroadcast4, isMulticast4, V4_LOOPBACK } from './endpoint.ts'

/**
 * The address that it comes from, 0 when there is none to take. `source`: the sender's, or 0; `index`: the
 * interface that was chosen, or 0. Errors: EINVAL (from no host), ENETUNREACH, ENODEV.
 */
export function sourceForMany(
  loopback: Loopback,
  { host }: Endpoint,
  source: number,
  index: number,
): number {
  if (source !== 0) {
    checkSource(source)
    if (!loopback.owns(source)) throw ENETUNREACH
  }
  if (index !== 0 && index !== LO_INDEX) throw ENODEV
  if (index !== 0 && !loopback.up) throw ENETUNREACH
  // A route leads to the loopback's own broadcast address alone; else the interface must be known.
  const isRouted = host !== INADDR_BROADCAST && !isMulticast4(host)
  if (isRouted && !loopback.hasAddress(4)) throw ENETUNREACH
  if (!isRouted && source === 0 && index === 0) throw ENETUNREACH
  return source === 0 && isRouted ? V4_LOOPBACK : source
}

/** Errors: EINVAL for what is no host's address, ENETUNREACH for another host's. */
export function checkSource(source: number): void {
  if (isMulticast4(source) || source === INADDR_BROADCAST || source >>> 24 === 0) throw EINVAL
  if (source >>> 24 !== 127 || isBroadcast4(source)) throw ENETUNREACH
}
