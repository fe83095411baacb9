// Walks that give every name reached a fid and its attributes. (p9)

import { type Awaitable, type Steps, wait } from '../awaitable.ts'
import { EINVAL, EIO, errnoOf, P9Error } from '../errno.ts'
import type { Attr, Request } from '../messages.ts'
import type { Operation } from '../signal.ts'
import { checkOldName } from './names.ts'
import type { Session } from './session.ts'

const MAX_STEPS = 256

/** Puts a node on `newfid`, claimed before, and gives its attributes; the node's hold is the fid's. */
export function* placed<N, H>(
  s: Session<N, H>,
  newfid: number,
  uid: number | undefined,
  making: Awaitable<N>,
  operation: Operation,
): Steps<Attr> {
  const { tree, fids } = s
  try {
    const node = yield* wait(making)
    let attr: Attr
    try {
      attr = yield* wait(tree.getattr(node, operation))
    } catch (error) {
      tree.release(node)
      throw error
    }
    fids.set(newfid, node, uid)
    return attr
  } finally {
    fids.unclaim(newfid)
  }
}

/** The attributes of what a walk reached, and the errno that ended it, 0 at its end. */
export interface Way {
  readonly reached: readonly Attr[]
  readonly ecode: number
}

/** Walks down, a fid for each step. Throws what the first step throws. */
export const walkSteps = <N, H>(
  s: Session<N, H>,
  start: N,
  uid: number | undefined,
  steps: Request<'walkattr'>['steps'],
  operation: Operation,
): Steps<Way> => {
  const { tree, fids } = s
  if (steps.length > MAX_STEPS) throw new P9Error(EINVAL, 'too many names')
  let claimed = 0
  try {
    for (; claimed < steps.length; claimed++) fids.claim(steps[claimed]!.newfid)
  } catch (error) {
    while (claimed > 0) fids.unclaim(steps[--claimed]!.newfid)
    throw error
  }
  return (function* (): Steps<Way> {
    const reached: Attr[] = []
    let ecode = 0
    let dir = tree.retain(start)
    try {
      for (const { newfid, name } of steps) {
        checkOldName(name)
        const next = yield* wait(tree.walk(dir, name, operation))
        tree.release(dir)
        dir = tree.retain(next)
        reached.push(yield* placed(s, newfid, uid, next, operation))
      }
    } catch (error) {
      if (reached.length === 0) throw error
      ecode = errnoOf(error) ?? EIO
    } finally {
      tree.release(dir)
      for (let i = reached.length; i < steps.length; i++) fids.unclaim(steps[i]!.newfid)
    }
    return { reached, ecode }
  })()
}
