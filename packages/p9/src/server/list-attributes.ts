// Directories listed with the attributes of their entries. (p9)

import { run, type Steps, wait } from '../awaitable.ts'
import { HEADER_SIZE } from '../constants.ts'
import { ATTR_SIZE, type Attr, type Dirent, packAttrs, type Reply } from '../messages.ts'
import type { Operation } from '../signal.ts'
import type { Wide } from '../wire.ts'
import { fitting, type Handler, need } from './handler.ts'
import type { Session } from './session.ts'
import { walkSteps } from './walk-steps.ts'

/** Rlistattr without attributes and entries. */
const EMPTY_REPLY = HEADER_SIZE + 2 + 4 + 4
const NOTHING_LISTED = { entries: [], attrs: new Uint8Array(0) }

/** What is not there any more, or may not be looked at, has attributes that say nothing. */
const UNKNOWN: Attr = {
  qid: { type: 0, version: 0, path: 0 },
  mode: 0,
  uid: 0,
  gid: 0,
  nlink: 0,
  rdev: 0,
  size: 0,
  blksize: 0,
  blocks: 0,
  atime: { sec: 0, nsec: 0 },
  mtime: { sec: 0, nsec: 0 },
  ctime: { sec: 0, nsec: 0 },
  btime: { sec: 0, nsec: 0 },
  gen: 0,
  dataVersion: 0,
}

function* listWithAttributes<N, H>(
  s: Session<N, H>,
  dir: N,
  offset: Wide,
  room: number,
  operation: Operation,
): Steps<{ entries: readonly Dirent[]; attrs: Uint8Array }> {
  const list = need(s.tree, 'list')
  const { childAttr } = need(s.tree, 'childAttr')
  const listed = yield* wait(list.list(dir, offset, room, operation))
  const entries = fitting(listed, room, ATTR_SIZE)
  const attrs: Attr[] = []
  for (const { name } of entries) {
    const attr = yield* wait(childAttr.call(s.tree, dir, name, operation))
    attrs.push(attr ?? UNKNOWN)
  }
  return { entries, attrs: packAttrs(attrs) }
}

export const listattr: Handler<'listattr'> = (s, { fid, steps, offset, count }, operation) => {
  const { tree, fids } = s
  const { node: start, uid } = fids.unopened(fid)
  const walking = walkSteps(s, start, uid, steps, operation)
  return run(
    (function* (): Steps<Reply<'listattr'>> {
      const reached = yield* walking
      if (reached.length < steps.length) return { reached, ...NOTHING_LISTED }
      const last = steps[steps.length - 1]
      const dir = tree.retain(last === undefined ? start : fids.node(last.newfid))
      const room = Math.min(count, s.msize - EMPTY_REPLY - reached.length * ATTR_SIZE)
      try {
        return { reached, ...(yield* listWithAttributes(s, dir, offset, room, operation)) }
      } catch (error) {
        for (const { newfid } of steps) fids.drop(newfid)
        throw error
      } finally {
        tree.release(dir)
      }
    })(),
  )
}
