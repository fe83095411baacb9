// Tlock and Tgetlock for trees that leave locking to the server. (p9)

import { type Awaitable, mapped } from '../awaitable.ts'
import { EBADF, EINVAL, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Reply, Request } from '../messages.ts'
import type { Operation } from '../signal.ts'
import type { Fid } from './fid-table.ts'
import { LOCK_UNLOCK, LOCK_WRITE, type LockRange, rangeEnd } from './lock-table.ts'
import type { Session } from './session.ts'

const LOCK_SUCCESS = 0
const LOCK_BLOCKED = 1
const FLAG_BLOCK = 1

const openFid = <N, H>(s: Session<N, H>, fid: number): Fid<N, H> & { open: { handle: H } } => {
  const entry = s.fids.get(fid)
  if (entry.open === undefined) throw new P9Error(EBADF, 'fid is not open')
  return entry as Fid<N, H> & { open: { handle: H } }
}

const rangeOf = <N, H>(
  s: Session<N, H>,
  entry: Fid<N, H>,
  q: Request<'getlock'>,
  type: number,
): LockRange => ({
  type,
  start: q.start,
  end: rangeEnd(q.start, q.length),
  // Processes of two clients may have one number, and clients one name.
  owner: `${s.id}\0${q.procId}\0${q.clientId}`,
  holder: entry,
})

export const lock = <N, H>(
  s: Session<N, H>,
  q: Request<'lock'>,
  operation: Operation,
): Awaitable<Reply<'lock'>> => {
  const entry = openFid(s, q.fid)
  const { tree, locks } = s
  if (tree.lock) return mapped(tree.lock(entry.open.handle, q, operation), status => ({ status }))
  if (locks === undefined) throw new P9Error(EOPNOTSUPP, 'no locks')
  if (q.type > LOCK_UNLOCK) throw new P9Error(EINVAL, 'unknown lock type')
  const file = tree.qid(entry.node).path
  const range = rangeOf(s, entry, q, q.type)
  entry.locked = true
  if (locks.tryLock(file, range)) return { status: LOCK_SUCCESS }
  if ((q.flags & FLAG_BLOCK) === 0) return { status: LOCK_BLOCKED }
  // v9fs sleeps 30 s after "blocked": hold the reply until the lock is granted.
  return locks.wait(file, range, operation).then(() => {
    if (entry.gone) locks.release(file, entry)
    return { status: LOCK_SUCCESS }
  })
}

export const getlock = <N, H>(
  s: Session<N, H>,
  q: Request<'getlock'>,
  operation: Operation,
): Awaitable<Reply<'getlock'>> => {
  const entry = openFid(s, q.fid)
  const { tree, locks } = s
  if (tree.getlock) return tree.getlock(entry.open.handle, q, operation)
  if (locks === undefined) throw new P9Error(EOPNOTSUPP, 'no locks')
  // Linux's v9fs asks with type "unlock" when it knows of no conflict itself: it means "write".
  const type = q.type === LOCK_UNLOCK ? LOCK_WRITE : q.type
  const found = locks.conflict(tree.qid(entry.node).path, rangeOf(s, entry, q, type))
  const { start, length, procId, clientId } = q
  if (found === undefined) return { type: LOCK_UNLOCK, start, length, procId, clientId }
  const [, foundProc, foundClient] = found.owner.split('\0')
  return {
    type: found.type,
    start: found.start,
    length:
      found.end === Number.POSITIVE_INFINITY ? 0 : toWide(BigInt(found.end) - BigInt(found.start)),
    procId: Number(foundProc),
    clientId: foundClient ?? '',
  }
}

const toWide = (value: bigint) => (value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value)
