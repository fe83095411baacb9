// Directories listed with the attributes of their entries. (p9)

import { run, type Steps, wait } from '../awaitable.ts'
import { HEADER_SIZE } from '../constants.ts'
import {
  ATTR_SIZE,
  type Attr,
  type Dirent,
  packAttrs,
  type Reply,
  type Request,
} from '../messages.ts'
import type { Operation } from '../signal.ts'
import { fitting, type Handler, need } from './handler.ts'
import type { Session } from './session.ts'
import { walkSteps } from './walk-steps.ts'

/** Rlistattr without attributes and entries. */
const EMPTY_REPLY = HEADER_SIZE + 2 + 4 + 4
/** Tlistattr's `wanted`. */
const DIRECTORIES = 1
const DT_UNKNOWN = 0
const DT_DIR = 4
const NOTHING_LISTED = { entries: [], attrs: new Uint8Array(0) }

function* listWithAttributes<N, H>(
  s: Session<N, H>,
  dir: N,
  { offset, wanted }: Request<'listattr'>,
  room: number,
  operation: Operation,
): Steps<{ entries: readonly Dirent[]; attrs: Uint8Array }> {
  const list = need(s.tree, 'list')
  const { childAttr } = need(s.tree, 'childAttr')
  const listed = yield* wait(list.list(dir, offset, room, operation))
  const entries = fitting(listed, room, ATTR_SIZE)
  const attrs: (Attr | undefined)[] = []
  for (const { name, type } of entries) {
    // A tree that does not tell types is asked for all.
    const skipped = wanted === DIRECTORIES && type !== DT_UNKNOWN && type !== DT_DIR
    attrs.push(skipped ? undefined : yield* wait(childAttr.call(s.tree, dir, name, operation)))
  }
  return { entries, attrs: packAttrs(attrs) }
}

export const listattr: Handler<'listattr'> = (s, q, operation) => {
  const { fid, steps, count } = q
  const { tree, fids } = s
  const { node: start, uid } = fids.unopened(fid)
  const walking = walkSteps(s, start, uid, steps, operation)
  return run(
    (function* (): Steps<Reply<'listattr'>> {
      const { reached } = yield* walking
      if (reached.length < steps.length) return { reached, ...NOTHING_LISTED }
      const last = steps[steps.length - 1]
      const dir = tree.retain(last === undefined ? start : fids.node(last.newfid))
      const room = Math.min(count, s.msize - EMPTY_REPLY - reached.length * ATTR_SIZE)
      try {
        return { reached, ...(yield* listWithAttributes(s, dir, q, room, operation)) }
      } catch (error) {
        for (const { newfid } of steps) fids.drop(newfid)
        throw error
      } finally {
        tree.release(dir)
      }
    })(),
  )
}
