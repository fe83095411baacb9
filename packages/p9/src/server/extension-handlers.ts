// One function for each request of the extension. (p9)

import { type Awaitable, isLater, mapped, run } from '../awaitable.ts'
import { EINVAL, EOPNOTSUPP, errnoOf, P9Error } from '../errno.ts'
import type { Attr } from '../messages.ts'
import type { Operation } from '../signal.ts'
import { direntRoom, fitting, type Handlers, NOTHING, need, openFlags } from './handler.ts'
import { listattr } from './list-attributes.ts'
import { checkNewName, checkOldName, checkTarget } from './names.ts'
import type { Session } from './session.ts'
import { placed, walkSteps } from './walk-steps.ts'

type ExtensionName =
  | 'walkattr'
  | 'clunkall'
  | 'openfd'
  | 'createfd'
  | 'mkdirattr'
  | 'symlinkattr'
  | 'mknodattr'
  | 'list'
  | 'getxattr'
  | 'setxattr'
  | 'listxattr'
  | 'removexattr'
  | 'listattr'
  | 'openfds'
  | 'exchange'
  | 'tmpfilefd'

const MAX_NAMES = 64
const O_EXCL = 0o200

const nothing = () => NOTHING

/** Claims `newfid` for what `make` makes in the directory. */
const made = <N, H>(
  s: Session<N, H>,
  { dfid, newfid, name }: { dfid: number; newfid: number; name?: string },
  make: (dir: N) => Awaitable<N>,
  operation: Operation,
): Awaitable<{ attr: Attr }> => {
  if (name !== undefined) checkNewName(name)
  const { node: dir, uid } = s.fids.file(dfid)
  s.fids.claim(newfid)
  let making: Awaitable<N>
  try {
    making = make(dir)
  } catch (error) {
    s.fids.unclaim(newfid)
    throw error
  }
  return mapped(run(placed(s, newfid, uid, making, operation)), attr => ({ attr }))
}

/** The descriptor goes beside the reply: it must be made before the next request is looked at. */
const descriptor = <T>(value: Awaitable<T>): T => {
  if (isLater(value)) throw new P9Error(EOPNOTSUPP, 'descriptors cannot come later')
  return value
}

/** Passes the descriptor of what was made. */
const passed = <N, H>(
  s: Session<N, H>,
  made: Awaitable<{ readonly node: N; readonly fd: number }>,
): N => {
  const { node, fd } = descriptor(made)
  s.passedFds.push(fd)
  return node
}

export const extensionHandlers: Pick<Handlers, ExtensionName> = {
  walkattr: (s, { fid, steps }, operation) => {
    const { tree, fids } = s
    const { node: start, uid } = fids.unopened(fid)
    // No steps: the attributes of `fid` itself.
    if (steps.length === 0) {
      return mapped(tree.getattr(start, operation), attr => ({ entries: [attr], ecode: 0 }))
    }
    return mapped(run(walkSteps(s, start, uid, steps, operation)), ({ reached, ecode }) => ({
      entries: reached,
      ecode,
    }))
  },

  clunkall: (s, { fids }) => {
    // As with clunk, the fids are gone; nobody waits for the result of a close.
    for (const fid of fids) s.fids.drop(fid)
    return NOTHING
  },

  openfd: (s, { fid, flags }, operation) => {
    const tree = need(s.tree, 'openDescriptor')
    const { node } = s.fids.unopened(fid)
    s.passedFds.push(descriptor(tree.openDescriptor(node, openFlags(flags), operation)))
    return NOTHING
  },

  createfd: (s, q, operation) => {
    const { name, uid, gid, flags, mode } = q
    const tree = need(s.tree, 'createDescriptor')
    const owner = { uid, gid }
    const wanted = openFlags(flags)
    return made(
      s,
      q,
      dir => passed(s, tree.createDescriptor(dir, name, wanted, mode, owner, operation)),
      operation,
    )
  },

  tmpfilefd: (s, q, operation) => {
    const { uid, gid, flags, mode } = q
    const tree = need(s.tree, 'temporaryDescriptor')
    const owner = { uid, gid }
    const wanted = openFlags(flags) | (flags & O_EXCL)
    return made(
      s,
      q,
      dir => passed(s, tree.temporaryDescriptor(dir, wanted, mode, owner, operation)),
      operation,
    )
  },

  mkdirattr: (s, q, operation) => {
    const tree = need(s.tree, 'mkdir')
    const owner = { uid: q.uid, gid: q.gid }
    return made(s, q, dir => tree.mkdir(dir, q.name, q.mode, owner, operation), operation)
  },

  symlinkattr: (s, q, operation) => {
    checkTarget(q.target)
    const tree = need(s.tree, 'symlink')
    const owner = { uid: q.uid, gid: q.gid }
    return made(s, q, dir => tree.symlink(dir, q.name, q.target, owner, operation), operation)
  },

  mknodattr: (s, q, operation) => {
    const tree = need(s.tree, 'mknod')
    const { name, mode, major, minor } = q
    const owner = { uid: q.uid, gid: q.gid }
    return made(s, q, dir => tree.mknod(dir, name, mode, major, minor, owner, operation), operation)
  },

  list: (s, { fid, offset, count }, operation) => {
    const room = direntRoom(s, count)
    const tree = need(s.tree, 'list')
    return mapped(tree.list(s.fids.node(fid), offset, room, operation), entries => ({
      entries: fitting(entries, room),
    }))
  },

  getxattr: (s, { fid, name }, operation) => {
    const tree = need(s.tree, 'getxattr')
    return mapped(tree.getxattr(s.fids.node(fid), name, operation), value => ({ value }))
  },
  setxattr: (s, { fid, name, value, flags }, operation) => {
    const tree = need(s.tree, 'setxattr')
    return mapped(tree.setxattr(s.fids.node(fid), name, value, flags, operation), nothing)
  },
  listxattr: (s, { fid }, operation) => {
    const tree = need(s.tree, 'listxattr')
    return mapped(tree.listxattr(s.fids.node(fid), operation), names => ({ names }))
  },
  removexattr: (s, { fid, name }, operation) => {
    const tree = need(s.tree, 'removexattr')
    return mapped(tree.removexattr(s.fids.node(fid), name, operation), nothing)
  },

  listattr,

  exchange: (s, { olddfid, oldname, newdfid, newname }, operation) => {
    checkOldName(oldname)
    checkOldName(newname)
    const from = s.fids.node(olddfid)
    const to = s.fids.node(newdfid)
    const tree = need(s.tree, 'exchange')
    return mapped(tree.exchange(from, oldname, to, newname, operation), nothing)
  },

  openfds: (s, { fid, flags, names }, operation) => {
    const tree = need(s.tree, 'openChild')
    if (names.length > MAX_NAMES) throw new P9Error(EINVAL, 'too many names')
    const dir = s.fids.node(fid)
    const results = names.map(name => {
      try {
        checkOldName(name)
        s.passedFds.push(descriptor(tree.openChild(dir, name, openFlags(flags), operation)))
        return 0
      } catch (error) {
        const ecode = errnoOf(error)
        if (ecode === undefined) throw error
        return ecode
      }
    })
    return { results }
  },
}
