// Ordinary strings for byte strings and back: UTF-8 where it is valid, lossless where it is not. (p9)
// A byte that is no UTF-8 becomes the lone surrogate U+DC80 … U+DCFF that holds it, and comes back
// as that byte: what Python calls surrogateescape (PEP 383).

import { EINVAL, P9Error } from './errno.ts'

const ESCAPE = 0xdc00
const byte = String.fromCharCode

/** Bytes of an ordinary string, one character (0…255) each. Throws EINVAL for a lone surrogate that is no escape. */
export const toByteString = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is its own encoding
  if (/^[\x00-\x7f]*$/.test(text)) return text
  let bytes = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (code < 0x80) bytes += char
    else if (code < 0x800) bytes += byte(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code >= 0xdc80 && code <= 0xdcff) bytes += byte(code - ESCAPE)
    else if (code >= 0xd800 && code <= 0xdfff) throw new P9Error(EINVAL, 'a lone surrogate')
    else if (code < 0x10000) {
      bytes += byte(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    } else {
      bytes += byte(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63))
      bytes += byte(0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    }
  }
  return bytes
}

/** The ordinary string for a byte string; `toByteString` gives the same bytes back, whatever they are. */
export const fromByteString = (bytes: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is its own encoding
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes.charCodeAt(i)
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    const code = length === 0 ? -1 : sequence(bytes, i, length)
    if (code < 0) text += byte(ESCAPE + bytes.charCodeAt(i++))
    else {
      text += String.fromCodePoint(code)
      i += length
    }
  }
  return text
}

const FIRST_OF_LENGTH = [0, 0, 0x80, 0x800, 0x10000]

/** The code point of `length` bytes, or -1: cut short, overlong, a surrogate, or too large. */
const sequence = (bytes: string, at: number, length: number): number => {
  if (length === 1) return bytes.charCodeAt(at)
  let code = bytes.charCodeAt(at) & (0x7f >> length)
  for (let i = at + 1; i < at + length; i++) {
    const next = bytes.charCodeAt(i)
    // NaN at the end of the string is no continuation either.
    if ((next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 63)
  }
  const valid =
    code >= FIRST_OF_LENGTH[length]! && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
  return valid ? code : -1
}

/** UTF-8 of a text, as bytes; with the same escape. */
export const encodeText = (text: string): Uint8Array =>
  Uint8Array.from(toByteString(text), char => char.charCodeAt(0))

/** The text that UTF-8 bytes stand for; with the same escape. */
export const decodeText = (bytes: Uint8Array): string => {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096) text += byte(...bytes.subarray(i, i + 4096))
  return fromByteString(text)
}
