// One argument of a system call as strace shows it, by its declared kind. (strace)

import { type Addr, type ArgKind, AT_FDCWD, type Codec, formatFlags } from '@tsvisor/abi'
import { byteString } from '../mm/user-memory.ts'
import type { Task } from '../task/task.ts'
import { address, plain, quote, STRING_LIMIT, signalName, signalSet } from './text.ts'

const ITEMS = 8

/** What the printer knows about the whole call. */
export interface CallContext {
  readonly task: Task
  /** Decoded arguments by name. */
  readonly args: Readonly<Record<string, unknown>>
  /** The result, after the call. */
  readonly result: number | undefined
}

/** Text of one argument. Unreadable memory shows as its address. */
export function formatArgument(kind: ArgKind<unknown>, value: unknown, call: CallContext): string {
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  const number = value as number
  switch (kind.kind) {
    case 'dirfd':
      return number === AT_FDCWD ? 'AT_FDCWD' : String(number)
    case 'signo':
      return signalName(number)
    case 'mode':
      return `0${number.toString(8)}`
    case 'flags':
    case 'enum':
      return kind.flags ? formatFlags(kind.flags, number) : String(number)
    case 'uid':
    case 'gid':
      return number === 0xffff_ffff ? '-1' : String(number)
    case 'dev':
      return `makedev(0x${(number >> 8).toString(16)}, 0x${(number & 0xff).toString(16)})`
    case 'pointer':
      return address(number)
    case 'ulong':
      return number > 0xffff ? address(number) : String(number)
    case 'path':
    case 'string':
    case 'strings':
    case 'buffer':
    case 'iovec':
    case 'struct':
    case 'value':
    case 'array':
    case 'sigset':
    case 'sockaddr':
    case 'fdset':
      if (number === 0) return 'NULL'
      return pointed(kind, number as Addr, call) ?? address(number)
  }
  return String(number)
}

/** What a pointer points to; undefined when that cannot be read or means nothing. */
function pointed(kind: ArgKind<unknown>, at: Addr, call: CallContext): string | undefined {
  const { task, result } = call
  if (kind.direction === 'out' && result !== undefined && result < 0) return undefined
  try {
    switch (kind.kind) {
      case 'path':
        return quote(task.mm.readPath(at))
      case 'string':
        return string(task, at)
      case 'strings':
        return strings(task, at)
      case 'struct':
      case 'value':
        return value(task, (kind.struct ?? kind.item) as Codec<unknown>, at, kind.kind)
      case 'array':
        return array(task, (kind.item ?? kind.struct) as Codec<unknown>, at, count(kind, call))
      case 'buffer':
      case 'sockaddr':
        return bytes(task, at, count(kind, call))
      case 'sigset':
        return signalSet(task.mm.readU64Big(at))
      case 'iovec':
        return iovecs(task, at, count(kind, call), kind.direction)
    }
  } catch {
    // Not readable now: the address says as much as there is to say.
  }
  return undefined
}

/** Items or bytes: what the call reported for what it wrote, else the length argument. */
function count(kind: ArgKind<unknown>, { args, result, task }: CallContext): number {
  const given = kind.length === undefined ? 0 : args[kind.length]
  if (kind.kind === 'sockaddr' && kind.direction === 'out')
    return task.mm.readU32((given ?? 0) as Addr)
  if (kind.kind === 'buffer' && kind.direction === 'out' && result !== undefined)
    return Math.min(result, Number(given))
  return Number(given)
}

function bytes(task: Task, at: Addr, length: number): string {
  const shown = Math.min(length, STRING_LIMIT)
  const text = byteString(task.mm.readBytes(at, shown))
  return quote(text, length > shown ? 'more' : 'complete')
}
function string(task: Task, at: Addr): string {
  const text = task.mm.readString(at, 4096)
  return quote(text.slice(0, STRING_LIMIT), text.length > STRING_LIMIT ? 'more' : 'complete')
}
function strings(task: Task, at: Addr): string {
  const list = task.mm.readStrings(at, 0x20_0000)
  const shown = list.slice(0, STRING_LIMIT).map(text => quote(text))
  return `[${shown.join(', ')}${list.length > shown.length ? ', ...' : ''}]`
}
function value(task: Task, codec: Codec<unknown>, at: Addr, kind: string): string {
  const data = task.mm.readBytes(at, codec.size)
  const text = plain(codec.read(new DataView(data.buffer), 0))
  return kind === 'value' ? `[${text}]` : text
}
function array(task: Task, codec: Codec<unknown>, at: Addr, length: number): string {
  const shown = Math.max(0, Math.min(length, ITEMS))
  const view = new DataView(task.mm.readBytes(at, shown * codec.size).buffer)
  const items = Array.from({ length: shown }, (_, i) => plain(codec.read(view, i * codec.size)))
  return `[${items.join(', ')}${length > shown ? ', ...' : ''}]`
}
function iovecs(
  task: Task,
  at: Addr,
  length: number,
  direction: ArgKind<unknown>['direction'],
): string {
  const shown = Math.max(0, Math.min(length, ITEMS))
  const items = Array.from({ length: shown }, (_, i) => {
    const base = task.mm.readU64((at + 16 * i) as Addr)
    const size = task.mm.readU64((at + 16 * i + 8) as Addr)
    const content = direction === 'in' ? bytes(task, base as Addr, size) : address(base)
    return `{iov_base=${content}, iov_len=${size}}`
  })
  return `[${items.join(', ')}${length > shown ? ', ...' : ''}]`
}
