// The first line of an interpreter script. (loader)

import { EACCES, ENOEXEC } from '@tsvisor/abi'
import { byteString } from '../mm/user-memory.ts'

/** BINPRM_BUF_SIZE: how much of a file Linux looks at. */
export const HEAD_SIZE = 256

export interface Script {
  readonly interpreter: string
  readonly argument: string | undefined
}

const SPACE = 0x20
const TAB = 0x09
const NEWLINE = 0x0a
const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB

export const isScript = (head: Uint8Array): boolean => head[0] === 0x23 && head[1] === 0x21

/**
 * The interpreter and the single optional argument, as Linux fs/binfmt_script.c parses them.
 * `head` is the file's first HEAD_SIZE bytes, zero padded. Errors: ENOEXEC (none, or cut off), EACCES
 * (the file ends where its name would be).
 */
export function parseScript(head: Uint8Array): Script {
  const last = HEAD_SIZE - 1
  let end = head.indexOf(NEWLINE)
  if (end < 0) {
    const start = skipBlanks(head, 2, last)
    if (start < 0) throw ENOEXEC
    // Without a blank or NUL after it, the interpreter's name may have been cut off.
    if (terminator(head, start, last) < 0) throw ENOEXEC
    end = last
  }
  while (end > 2 && isBlank(head[end - 1]!)) end--
  const start = skipBlanks(head, 2, end)
  if (start < 0 || start === end) throw ENOEXEC
  const stop = terminator(head, start, end)
  const interpreter = text(head, start, stop < 0 ? end : stop)
  // To Linux the empty name is the working directory.
  if (interpreter === '') throw EACCES
  if (stop < 0 || head[stop] === 0) return { interpreter, argument: undefined }
  const from = skipBlanks(head, stop, end)
  return { interpreter, argument: from < 0 ? undefined : text(head, from, end) }
}

/** Index of the first byte in [from, last] that is no blank, or -1. */
function skipBlanks(head: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (!isBlank(head[i]!)) return i
  return -1
}
/** Index of the first blank or NUL in [from, last], or -1. */
function terminator(head: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (isBlank(head[i]!) || head[i] === 0) return i
  return -1
}
/** head[from, to) up to a NUL. */
function text(head: Uint8Array, from: number, to: number): string {
  const piece = head.subarray(from, to)
  const nul = piece.indexOf(0)
  return byteString(nul < 0 ? piece : piece.subarray(0, nul))
}
