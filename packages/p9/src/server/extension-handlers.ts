// One function for each request of the extension. (p9)

import { EINVAL, P9Error } from '../errno.ts'
import type { Attr } from '../messages.ts'
import { direntRoom, fitting, type Handlers, need, openFlags } from './handler.ts'
import { checkNewName, checkOldName } from './names.ts'
import type { Session } from './session.ts'

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

const MAX_STEPS = 256

/** Puts a node just made on `newfid` and answers with its attributes. */
const made = <N, H>(s: Session<N, H>, newfid: number, node: N): { attr: Attr } => {
  s.fids.set(newfid, node)
  try {
    return { attr: s.tree.getattr(node) }
  } catch (error) {
    s.fids.drop(newfid)
    throw error
  }
}

export const extensionHandlers: Pick<Handlers, ExtensionName> = {
  walkattr: (s, { fid, steps }) => {
    const { tree, fids } = s
    let node = fids.unopened(fid)
    if (steps.length > MAX_STEPS) throw new P9Error(EINVAL, 'too many names')
    for (let i = 0; i < steps.length; i++) {
      const { newfid } = steps[i]!
      fids.checkFree(newfid, steps.length)
      for (let j = 0; j < i; j++) {
        if (steps[j]!.newfid === newfid) throw new P9Error(EINVAL, 'one fid twice')
      }
    }
    const entries: Attr[] = []
    for (const { newfid, name } of steps) {
      try {
        checkOldName(name)
        const next = tree.walk(node, name)
        // `made` gives the hold to the fid, or releases it.
        entries.push(made(s, newfid, next).attr)
        node = next
      } catch (error) {
        if (entries.length === 0) throw error
        break
      }
    }
    // No steps: the attributes of `fid` itself.
    if (steps.length === 0) entries.push(tree.getattr(node))
    return { entries }
  },

  clunkall: (s, { fids }) => {
    for (const fid of fids) {
      try {
        s.fids.drop(fid)
      } catch {
        // As with clunk, the fid is gone; nobody waits for the result of a close.
      }
    }
    return {}
  },

  openfd: (s, { fid, flags }) => {
    s.passedFd = need(s.tree, 'openDescriptor').openDescriptor(
      s.fids.unopened(fid),
      openFlags(flags),
    )
    return {}
  },

  createfd: (s, { dfid, newfid, name, uid, gid, flags, mode }) => {
    checkNewName(name)
    s.fids.checkFree(newfid)
    const tree = need(s.tree, 'createDescriptor')
    const dir = s.fids.node(dfid)
    const { node, fd } = tree.createDescriptor(dir, name, openFlags(flags), mode, { uid, gid })
    s.passedFd = fd
    return made(s, newfid, node)
  },

  mkdirattr: (s, { dfid, newfid, name, uid, gid, mode }) => {
    checkNewName(name)
    s.fids.checkFree(newfid)
    return made(s, newfid, need(s.tree, 'mkdir').mkdir(s.fids.node(dfid), name, mode, { uid, gid }))
  },

  symlinkattr: (s, { dfid, newfid, name, uid, gid, target }) => {
    checkNewName(name)
    s.fids.checkFree(newfid)
    return made(
      s,
      newfid,
      need(s.tree, 'symlink').symlink(s.fids.node(dfid), name, target, { uid, gid }),
    )
  },

  mknodattr: (s, { dfid, newfid, name, uid, gid, mode, major, minor }) => {
    checkNewName(name)
    s.fids.checkFree(newfid)
    const node = need(s.tree, 'mknod').mknod(s.fids.node(dfid), name, mode, major, minor, {
      uid,
      gid,
    })
    return made(s, newfid, node)
  },

  list: (s, { fid, offset, count }) => {
    const room = direntRoom(s, count)
    return { entries: fitting(need(s.tree, 'list').list(s.fids.node(fid), offset, room), room) }
  },

  getxattr: (s, { fid, name }) => ({
    value: need(s.tree, 'getxattr').getxattr(s.fids.node(fid), name),
  }),
  setxattr: (s, { fid, name, value, flags }) => {
    need(s.tree, 'setxattr').setxattr(s.fids.node(fid), name, value, flags)
    return {}
  },
  listxattr: (s, { fid }) => ({ names: need(s.tree, 'listxattr').listxattr(s.fids.node(fid)) }),
  removexattr: (s, { fid, name }) => {
    need(s.tree, 'removexattr').removexattr(s.fids.node(fid), name)
    return {}
  },
}
