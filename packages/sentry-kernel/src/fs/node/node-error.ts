// Errors of fs-like objects as Errno constants, and their strings as byte strings. (fs/node)

import { EILSEQ, EIO, Errno } from '@tsvisor/abi'

const LAST_ERRNO = 133
const byName = new Map<string, Errno>()
for (let code = 1; code <= LAST_ERRNO; code++) byName.set(Errno.of(code).name, Errno.of(code))

/** Runs a call; what it throws becomes an Errno constant, EIO where it says nothing better. */
export function translating<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (error instanceof Errno) throw error
    const { code } = error as { code?: unknown }
    throw (typeof code === 'string' ? byName.get(code) : undefined) ?? EIO
  }
}

/** A byte string as text. Errors: EILSEQ for what is no UTF-8. */
export function textOf(bytes: string): string {
  // Percent escapes are the one UTF-8 decoder that the language itself has.
  let escaped = ''
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes.charCodeAt(i)
    escaped += code < 0x80 && code !== 0x25 ? bytes[i] : `%${code.toString(16).padStart(2, '0')}`
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    throw EILSEQ
  }
}

/** Text as a byte string. Errors: EILSEQ for a lone surrogate. */
export function bytesOfText(text: string): string {
  try {
    return encodeURIComponent(text).replace(/%(..)/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  } catch {
    throw EILSEQ
  }
}
