// Netlink messages: a header, a body, attributes. (socket/netlink)
// Linux include/net/netlink.h; netlink(7).

import { NLM_F_MULTI, NLMSG_DONE, NLMSG_ERROR, nlattr, nlmsghdr } from '@tsvisor/abi'

export const HEADER = nlmsghdr.size
const align = (length: number): number => (length + 3) & ~3

/** Who asked: copied into every answer. */
export interface RequestId {
  readonly sequence: number
  readonly port: number
}

export type Attribute = readonly [type: number, value: Uint8Array]

export function message(type: number, flags: number, id: RequestId, body: Uint8Array): Uint8Array {
  const length = HEADER + body.length
  const data = new Uint8Array(align(length))
  nlmsghdr.write(new DataView(data.buffer), 0, {
    ...{ nlmsg_len: length, nlmsg_type: type, nlmsg_flags: flags },
    ...{ nlmsg_seq: id.sequence, nlmsg_pid: id.port },
  })
  data.set(body, HEADER)
  return data
}

export function attributes(list: readonly Attribute[]): Uint8Array {
  const total = list.reduce((sum, [, value]) => sum + align(nlattr.size + value.length), 0)
  const data = new Uint8Array(total)
  const view = new DataView(data.buffer)
  let at = 0
  for (const [type, value] of list) {
    nlattr.write(view, at, { nla_len: nlattr.size + value.length, nla_type: type })
    data.set(value, at + nlattr.size)
    at += align(nlattr.size + value.length)
  }
  return data
}

/** What follows the head of a message, by type, as far as it is well-formed. */
export function attributesOf(data: Uint8Array, from: number): Map<number, Uint8Array> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const found = new Map<number, Uint8Array>()
  for (let at = from; at + nlattr.size <= data.length; ) {
    const { nla_len: length, nla_type: type } = nlattr.read(view, at)
    if (length < nlattr.size || at + length > data.length) break
    found.set(type, data.subarray(at + nlattr.size, at + length))
    at += align(length)
  }
  return found
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}
/** Numbers of 32 bits as bytes. */
export const words = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(values).buffer)
export const zeroTerminated = (text: string): Uint8Array =>
  Uint8Array.from(`${text}\0`, c => c.charCodeAt(0))

/** The end of a dump; `code` is a positive errno, or 0. */
export const doneMessage = (id: RequestId, code: number): Uint8Array =>
  message(NLMSG_DONE, NLM_F_MULTI, id, words(-code))

/** `code` 0 acknowledges; else a positive errno. `request` is what it answers. */
export function errorMessage(id: RequestId, code: number, request: Uint8Array): Uint8Array {
  const quoted = code === 0 ? request.subarray(0, HEADER) : request
  return message(NLMSG_ERROR, 0, id, joined(words(-code), quoted))
}
