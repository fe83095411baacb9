// What handlers of both dialects need. (p9)

import type { Awaitable } from '../awaitable.ts'
import { HEADER_SIZE } from '../constants.ts'
import { EINVAL, EOPNOTSUPP, P9Error } from '../errno.ts'
import {
  DIRENT_SIZE,
  type Dirent,
  type MessageName,
  type Reply,
  type Request,
} from '../messages.ts'
import type { Operation } from '../signal.ts'
import type { ServedTree } from './served-tree.ts'
import type { Session } from './session.ts'

export type Handler<K extends MessageName> = <N, H>(
  s: Session<N, H>,
  q: Request<K>,
  operation: Operation,
) => Awaitable<Reply<K>>
export type Handlers = { readonly [K in MessageName]: Handler<K> }

/** The reply without fields. */
export const NOTHING = Object.freeze({})

const OPNOTSUPP = new P9Error(EOPNOTSUPP, 'not supported by this server')

/** The tree, known to have the operation; EOPNOTSUPP where it has none. */
export const need = <N, H, K extends keyof ServedTree<N, H>>(
  tree: ServedTree<N, H>,
  operation: K,
): Required<Pick<ServedTree<N, H>, K>> => {
  if (tree[operation] === undefined) throw OPNOTSUPP
  return tree as unknown as Required<Pick<ServedTree<N, H>, K>>
}

// Linux x86-64: what a client may ask for; creation is a message of its own, and O_DIRECT demands
// aligned buffers that the wire does not have.
const O_ACCMODE = 0o3
const O_TRUNC = 0o1000
const O_APPEND = 0o2000
const O_NONBLOCK = 0o4000
const O_SYNC = 0o4010000
const O_LARGEFILE = 0o100000
const O_DIRECTORY = 0o200000
const O_NOFOLLOW = 0o400000
const O_NOATIME = 0o1000000
const OPEN_FLAGS =
  O_ACCMODE |
  O_TRUNC |
  O_APPEND |
  O_NONBLOCK |
  O_SYNC |
  O_LARGEFILE |
  O_DIRECTORY |
  O_NOFOLLOW |
  O_NOATIME

export const openFlags = (flags: number): number => flags & OPEN_FLAGS

/** The entries that fit in `room` bytes, with `beside` more bytes for each. */
export const fitting = (
  entries: readonly Dirent[],
  room: number,
  beside = 0,
): readonly Dirent[] => {
  let left = room
  let count = 0
  for (; count < entries.length; count++) {
    left -= DIRENT_SIZE + entries[count]!.name.length + beside
    if (left < 0) break
  }
  if (count === 0 && entries.length > 0) throw new P9Error(EINVAL, 'no room for one entry')
  return count === entries.length ? entries : entries.slice(0, count)
}

/** Bytes of entries that one reply of `msize` may carry when `count` were asked for. */
export const direntRoom = <N, H>(s: Session<N, H>, count: number): number =>
  Math.min(count, s.msize - HEADER_SIZE - 4)
