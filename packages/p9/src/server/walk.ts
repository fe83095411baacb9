// Twalk: down, up, or nowhere. (p9)

import { type Awaitable, run, type Steps, wait } from '../awaitable.ts'
import { MAX_WALK, QT_DIR } from '../constants.ts'
import { EINVAL, ENOTDIR, P9Error } from '../errno.ts'
import type { Qid, Reply, Request } from '../messages.ts'
import type { Operation } from '../signal.ts'
import { checkName } from './names.ts'
import type { Session } from './session.ts'

const TOO_MANY_NAMES = new P9Error(EINVAL, 'more than 16 names')
const NOT_A_DIRECTORY = new P9Error(ENOTDIR, 'not a directory')

export const walk = <N, H>(
  s: Session<N, H>,
  { fid, newfid, wname }: Request<'walk'>,
  operation: Operation,
): Awaitable<Reply<'walk'>> => {
  const { tree, fids } = s
  if (wname.length > MAX_WALK) throw TOO_MANY_NAMES
  const { node: start, uid } = fids.unopened(fid)
  if (newfid !== fid) fids.claim(newfid)
  return run(steps(tree.retain(start)))

  function* steps(from: N): Steps<Reply<'walk'>> {
    let node = from
    const wqid: Qid[] = []
    try {
      for (const name of wname) {
        const next = yield* stepTo(s, node, name, wqid.length, operation)
        if (next === undefined) break
        tree.release(node)
        node = next
        wqid.push(tree.qid(node))
      }
      if (wqid.length === wname.length) {
        // The fid takes over the hold on `node`.
        fids.set(newfid, tree.retain(node), uid)
      }
      return { wqid }
    } finally {
      if (newfid !== fid) fids.unclaim(newfid)
      tree.release(node)
    }
  }
}

/** One step of a walk. A failure after the first name only ends the walk: undefined. */
function* stepTo<N, H>(
  { tree }: Session<N, H>,
  from: N,
  name: string,
  index: number,
  operation: Operation,
): Steps<N | undefined> {
  try {
    checkName(name)
    if ((tree.qid(from).type & QT_DIR) === 0) throw NOT_A_DIRECTORY
    if (name === '.') return tree.retain(from)
    if (name === '..') return tree.retain(tree.parent(from))
    return yield* wait(tree.walk(from, name, operation))
  } catch (error) {
    if (index === 0) throw error
    return undefined
  }
}
