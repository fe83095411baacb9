// How values look in strace's output. (strace)

import { signals } from '@tsvisor/abi'

/** Bytes of a string or buffer that are shown (strace -s). */
export const STRING_LIMIT = 32

const ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\v': '\\v',
  '\f': '\\f',
  '"': '\\"',
  '\\': '\\\\',
}

/** A byte string in C quotes; `more` says that it goes on. */
export function quote(text: string, more: 'complete' | 'more' = 'complete'): string {
  let quoted = '"'
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    const code = text.charCodeAt(i)
    const next = text.charCodeAt(i + 1)
    if (ESCAPES[char]) quoted += ESCAPES[char]
    else if (code >= 0x20 && code < 0x7f) quoted += char
    else quoted += `\\${code.toString(8).padStart(next >= 0x30 && next <= 0x37 ? 3 : 1, '0')}`
  }
  return more === 'more' ? `${quoted}"...` : `${quoted}"`
}

export const address = (value: number): string => (value === 0 ? 'NULL' : `0x${value.toString(16)}`)

const signalNames = new Map<number, string>(
  Object.entries(signals()).map(([name, number]) => [number, name]),
)
export const signalName = (signo: number): string =>
  signalNames.get(signo) ?? (signo >= 32 && signo <= 64 ? `SIGRT_${signo - 32}` : String(signo))

/** A 64-bit signal set: [INT USR1], or ~[KILL] when most are in. */
export function signalSet(bits: bigint): string {
  const members: string[] = []
  const others: string[] = []
  for (let signo = 1; signo <= 64; signo++) {
    const into = (bits >> BigInt(signo - 1)) & 1n ? members : others
    into.push(signalName(signo).replace(/^SIG/, ''))
  }
  return members.length > 32 ? `~[${others.join(' ')}]` : `[${members.join(' ')}]`
}

/** A decoded struct, array or scalar. */
export function plain(value: unknown): string {
  if (value instanceof Uint8Array)
    return quote(
      String.fromCharCode(...value.subarray(0, STRING_LIMIT)),
      value.length > STRING_LIMIT ? 'more' : 'complete',
    )
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (typeof value === 'number')
    return Math.abs(value) > 0xffff_ffff ? `0x${value.toString(16)}` : String(value)
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value)
    .filter(([name]) => !name.startsWith('__'))
    .map(([name, field]) => `${name}=${plain(field)}`)
  return `{${fields.join(', ')}}`
}
