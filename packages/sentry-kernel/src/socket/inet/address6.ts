// Addresses of version 6 as text: 32 hexadecimal digits, as the kernel's own tables show them. (socket/inet)
// Linux net/ipv6/addrconf_core.c: __ipv6_addr_type; RFC 4291.

/** 16 bytes in hexadecimal. */
export type Address6 = string

export const ADDRESS6_SIZE = 16

export const address6 = (bytes: Uint8Array): Address6 =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
export const bytesOf6 = (address: Address6): Uint8Array =>
  Uint8Array.from({ length: ADDRESS6_SIZE }, (_, i) =>
    Number.parseInt(address.slice(i * 2, i * 2 + 2), 16),
  )

export const isMulticast6 = (address: Address6): boolean => address.startsWith('ff')
/** Of one interface, of one link … (RFC 7346) */
export const groupScope = (address: Address6): number => Number.parseInt(address[3]!, 16)
export const SCOPE_INTERFACE = 1
export const SCOPE_LINK = 2

/** Whether it means something on one link only (__ipv6_addr_needs_scope_id). */
export function needsInterface(bytes: Uint8Array): boolean {
  const [first, second] = bytes as unknown as readonly [number, number]
  const scope = second & 0xf
  if (first === 0xff) return scope === SCOPE_INTERFACE || scope === SCOPE_LINK
  // fe80::/10
  return first === 0xfe && (second & 0xc0) === 0x80
}
