// Extended attributes as 9P2000.L has them: fids that are read, or written and set at the clunk. (p9)

import { type Awaitable, run, type Steps, wait } from '../awaitable.ts'
import { EBADF, EINVAL, EIO, ENOSPC, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Reply, Request } from '../messages.ts'
import type { Operation } from '../signal.ts'
import type { Wide } from '../wire.ts'
import type { XattrState } from './fid-table.ts'
import type { Session } from './session.ts'

/** Linux XATTR_SIZE_MAX. */
const MAX_VALUE = 65536
/** Linux XATTR_REPLACE. */
const XATTR_REPLACE = 2

const OPNOTSUPP = new P9Error(EOPNOTSUPP, 'no extended attributes')

export const walkXattr = <N, H>(
  s: Session<N, H>,
  { fid, newfid, name }: Request<'xattrwalk'>,
  operation: Operation,
): Awaitable<Reply<'xattrwalk'>> => {
  const { tree, fids } = s
  const { node, uid } = fids.file(fid)
  if (newfid !== fid) fids.claim(newfid)
  return run(
    (function* () {
      try {
        const value = yield* xattrValue(s, node, name, operation)
        fids.set(newfid, tree.retain(node), uid).xattr = { use: 'read', value }
        return { size: value.length }
      } finally {
        if (newfid !== fid) fids.unclaim(newfid)
      }
    })(),
  )
}

function* xattrValue<N, H>(
  { tree }: Session<N, H>,
  node: N,
  name: string,
  operation: Operation,
): Steps<Uint8Array> {
  if (name === '') {
    if (!tree.listxattr) throw OPNOTSUPP
    return listed(yield* wait(tree.listxattr(node, operation)))
  }
  if (!tree.getxattr) throw OPNOTSUPP
  return yield* wait(tree.getxattr(node, name, operation))
}

/** Names, each ended by NUL. */
const listed = (names: readonly string[]): Uint8Array => {
  const text = names.map(name => `${name}\0`).join('')
  return Uint8Array.from(text, char => char.charCodeAt(0))
}

export const createXattr = <N, H>(
  s: Session<N, H>,
  { fid, name, size, flags }: Request<'xattrcreate'>,
): Reply<'xattrcreate'> => {
  const entry = s.fids.unopened(fid)
  if (!s.tree.setxattr) throw OPNOTSUPP
  if (size > MAX_VALUE) throw new P9Error(ENOSPC, 'attribute value too long')
  if (name === '' || name.includes('\0')) throw new P9Error(EINVAL, 'bad attribute name')
  const value = new Uint8Array(Number(size))
  entry.xattr = { use: 'write', name, value, flags, filled: 0 }
  return {}
}

export const xattrRead = (state: XattrState, offset: Wide, count: number): Uint8Array => {
  if (state.use !== 'read') throw new P9Error(EBADF, 'fid is written')
  if (offset >= state.value.length) return state.value.subarray(0, 0)
  const start = Number(offset)
  return state.value.subarray(start, start + count)
}

export const xattrWrite = (state: XattrState, offset: Wide, data: Uint8Array): number => {
  if (state.use !== 'write') throw new P9Error(EBADF, 'fid is read')
  if (offset !== state.filled) throw new P9Error(EINVAL, 'attribute values are written in order')
  if (state.filled + data.length > state.value.length) throw new P9Error(ENOSPC, 'beyond attr_size')
  state.value.set(data, state.filled)
  state.filled += data.length
  return data.length
}

/** Ends a fid; sets the attribute it collected. The fid is gone even when that fails. */
export const clunkFid = <N, H>(
  s: Session<N, H>,
  fid: number,
  operation: Operation,
): Awaitable<void> => {
  const { fids } = s
  const entry = fids.take(fid)
  const { xattr } = entry
  if (xattr?.use !== 'write') return fids.end(entry, operation)
  return run(
    (function* () {
      try {
        yield* wait(setCollected(s, entry.node, xattr, operation))
      } finally {
        yield* wait(fids.end(entry, operation))
      }
    })(),
  )
}

const setCollected = <N, H>(
  { tree }: Session<N, H>,
  node: N,
  { name, value, flags, filled }: Extract<XattrState, { use: 'write' }>,
  operation: Operation,
): Awaitable<void> => {
  if (filled !== value.length) throw new P9Error(EIO, 'attribute value incomplete')
  // v9fs removes with size 0 and XATTR_REPLACE, and sets an empty value with size 0 and no flags.
  if (value.length === 0 && flags === XATTR_REPLACE && tree.removexattr) {
    return tree.removexattr(node, name, operation)
  }
  return tree.setxattr?.(node, name, value, flags, operation)
}
