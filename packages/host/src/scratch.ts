// Preallocated native buffers for arguments and results; a call uses them and is done. (host)

import { EINVAL, ENAMETOOLONG } from '@tsvisor/abi'
import { allocate } from './memory.ts'
import { at, type HostAddress } from './native.ts'

const PATH_SIZE = 8192
const paths = allocate(2 * PATH_SIZE)

const put = (text: string, start: number): HostAddress => {
  const length = text.length
  if (length >= PATH_SIZE) throw ENAMETOOLONG
  const bytes = paths.bytes
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i)
    // A NUL would cut the name short of what the caller checked; above 255 is no byte string.
    if (char === 0 || char > 255) throw EINVAL
    bytes[start + i] = char
  }
  bytes[start + length] = 0
  return at(paths.address, start)
}

/**
 * A byte string as a C string; valid until the next `cString`. Throws ENAMETOOLONG
 * beyond 8191 bytes and EINVAL for a NUL or a character that is no byte.
 */
export const cString = (text: string): HostAddress => put(text, 0)

/** A second C string for calls that take two; valid until the next `cString2`. */
export const cString2 = (text: string): HostAddress => put(text, PATH_SIZE)

/** Room for argument and result structs, zeroed by nobody. */
export const scratch = allocate(65536)
export const scratchView = new DataView(scratch.bytes.buffer)

/** Bytes `start` … `end` of an array as a byte string. */
export const byteString = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ''
  for (let i = start; i < end; i += 4096) {
    text += String.fromCharCode(...bytes.subarray(i, Math.min(end, i + 4096)))
  }
  return text
}
