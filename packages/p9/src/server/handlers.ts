// One function for each request of 9P2000.L. (p9)

import {
  AT_REMOVEDIR,
  HEADER_SIZE,
  IO_HEADER_SIZE,
  MAX_WALK,
  MIN_MSIZE,
  NOFID,
  QT_DIR,
  VERSION_L,
  VERSION_TSVISOR,
  VERSION_UNKNOWN,
} from '../constants.ts'
import { EBADF, EINVAL, EIO, ENOENT, ENOTDIR, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Qid } from '../messages.ts'
import { extensionHandlers } from './extension-handlers.ts'
import { BAD_FID } from './fid-table.ts'
import { direntRoom, fitting, type Handler, type Handlers, need, openFlags } from './handler.ts'
import { checkName, checkNewName, checkOldName } from './names.ts'
import type { Session } from './session.ts'
import { clunkFid, createXattr, walkXattr, xattrRead, xattrWrite } from './xattr-fids.ts'

const NOT_OPEN = new P9Error(EBADF, 'fid is not open')

const iounit = <N, H>(s: Session<N, H>): number => s.msize - IO_HEADER_SIZE

const openHandle = <N, H>(s: Session<N, H>, fid: number): H => {
  const { open } = s.fids.get(fid)
  if (open === undefined) throw NOT_OPEN
  return open.handle
}

const gidOwner = (gid: number) => ({ uid: undefined, gid })

/** Makes something that the reply shows only the qid of. */
const madeQid = <N, H>(s: Session<N, H>, node: N): { qid: Qid } => {
  try {
    return { qid: s.tree.qid(node) }
  } finally {
    s.tree.release(node)
  }
}

const walk: Handler<'walk'> = (s, { fid, newfid, wname }) => {
  const { tree, fids } = s
  if (wname.length > MAX_WALK) throw new P9Error(EINVAL, 'more than 16 names')
  const start = fids.unopened(fid)
  if (newfid !== fid) fids.checkFree(newfid)
  let node = tree.retain(start)
  const wqid: Qid[] = []
  try {
    for (const name of wname) {
      const next = stepTo(s, node, name, wqid.length)
      if (next === undefined) break
      tree.release(node)
      node = next
      wqid.push(tree.qid(node))
    }
    if (wqid.length === wname.length) {
      // The fid takes over the hold on `node`.
      fids.set(newfid, tree.retain(node))
    }
    return { wqid }
  } finally {
    tree.release(node)
  }
}

/** One step of a walk. A failure after the first name only ends the walk: undefined. */
const stepTo = <N, H>(s: Session<N, H>, from: N, name: string, index: number): N | undefined => {
  try {
    checkName(name)
    if ((s.tree.qid(from).type & QT_DIR) === 0) throw new P9Error(ENOTDIR, 'not a directory')
    if (name === '.') return s.tree.retain(from)
    if (name === '..') return s.tree.retain(s.tree.parent(from))
    return s.tree.walk(from, name)
  } catch (error) {
    if (index === 0) throw error
    return undefined
  }
}

export const handlers: Handlers = {
  lerror: () => {
    throw new P9Error(EOPNOTSUPP, 'not a request')
  },

  version: (s, { msize, version }) => {
    s.fids.clear()
    s.msize = 0
    s.version = ''
    if (msize < MIN_MSIZE) throw new P9Error(EINVAL, 'msize too small')
    const agreed =
      version === VERSION_L || (version === VERSION_TSVISOR && s.dialect === 'extended')
        ? version
        : version.startsWith(`${VERSION_L}.`)
          ? VERSION_L
          : VERSION_UNKNOWN
    const size = Math.min(msize, s.maxMsize)
    if (agreed !== VERSION_UNKNOWN) {
      s.msize = size
      s.version = agreed
    }
    return { msize: size, version: agreed }
  },

  // No authentication: clients go on without it after exactly this errno.
  auth: () => {
    throw new P9Error(ENOENT, 'no authentication')
  },

  attach: (s, { fid, afid, uname, aname, uid }) => {
    if (afid !== NOFID) throw BAD_FID
    s.fids.checkFree(fid)
    const node = s.tree.attach({ uname, aname, uid })
    s.fids.set(fid, node)
    return { qid: s.tree.qid(node) }
  },

  // Requests are answered in order, each before the next is read: there is never one to abandon.
  flush: () => ({}),

  walk,

  clunk: (s, { fid }) => {
    clunkFid(s, fid)
    return {}
  },

  remove: (s, { fid }) => {
    const entry = s.fids.get(fid)
    try {
      need(s.tree, 'remove').remove(entry.node)
    } finally {
      s.fids.drop(fid)
    }
    return {}
  },

  statfs: (s, { fid }) => need(s.tree, 'statfs').statfs(s.fids.node(fid)),

  lopen: (s, { fid, flags }) => {
    const node = s.fids.unopened(fid)
    s.fids.get(fid).open = { handle: s.tree.open(node, openFlags(flags)) }
    return { qid: s.tree.qid(node), iounit: iounit(s) }
  },

  // The fid of the directory becomes that of the open file.
  lcreate: (s, { fid, name, flags, mode, gid }) => {
    checkNewName(name)
    const dir = s.fids.unopened(fid)
    const O_EXCL = 0o200
    const wanted = openFlags(flags) | (flags & O_EXCL)
    const { node, handle } = need(s.tree, 'create').create(dir, name, wanted, mode, gidOwner(gid))
    s.fids.set(fid, node).open = { handle }
    return { qid: s.tree.qid(node), iounit: iounit(s) }
  },

  symlink: (s, { dfid, name, target, gid }) => {
    checkNewName(name)
    return madeQid(
      s,
      need(s.tree, 'symlink').symlink(s.fids.node(dfid), name, target, gidOwner(gid)),
    )
  },

  mknod: (s, { dfid, name, mode, major, minor, gid }) => {
    checkNewName(name)
    const dir = s.fids.node(dfid)
    return madeQid(s, need(s.tree, 'mknod').mknod(dir, name, mode, major, minor, gidOwner(gid)))
  },

  mkdir: (s, { dfid, name, mode, gid }) => {
    checkNewName(name)
    return madeQid(s, need(s.tree, 'mkdir').mkdir(s.fids.node(dfid), name, mode, gidOwner(gid)))
  },

  rename: (s, { fid, dfid, name }) => {
    checkOldName(name)
    need(s.tree, 'renameNode').renameNode(s.fids.node(fid), s.fids.node(dfid), name)
    return {}
  },

  renameat: (s, { olddfid, oldname, newdfid, newname }) => {
    checkOldName(oldname)
    checkOldName(newname)
    need(s.tree, 'rename').rename(s.fids.node(olddfid), oldname, s.fids.node(newdfid), newname)
    return {}
  },

  unlinkat: (s, { dfid, name, flags }) => {
    checkOldName(name)
    if (flags & ~AT_REMOVEDIR) throw new P9Error(EINVAL, 'unknown unlink flags')
    const dir = s.fids.node(dfid)
    if (flags & AT_REMOVEDIR) need(s.tree, 'rmdir').rmdir(dir, name)
    else need(s.tree, 'unlink').unlink(dir, name)
    return {}
  },

  link: (s, { dfid, fid, name }) => {
    checkNewName(name)
    need(s.tree, 'link').link(s.fids.node(dfid), s.fids.node(fid), name)
    return {}
  },

  readlink: (s, { fid }) => ({ target: need(s.tree, 'readlink').readlink(s.fids.node(fid)) }),

  getattr: (s, { fid, mask }) => {
    const attr = s.tree.getattr(s.fids.node(fid))
    // All that the tree knows, whatever was asked: v9fs and diod do the same.
    const known = 0x7ff | (attr.btime.sec !== 0 ? 0x800 : 0)
    return { ...attr, valid: Number(BigInt.asUintN(32, BigInt(mask))) & known }
  },

  setattr: (s, q) => {
    need(s.tree, 'setattr').setattr(s.fids.node(q.fid), q)
    return {}
  },

  readdir: (s, { fid, offset, count }) => {
    const room = direntRoom(s, count)
    return {
      entries: fitting(need(s.tree, 'readdir').readdir(openHandle(s, fid), offset, room), room),
    }
  },

  read: (s, { fid, offset, count }) => {
    const entry = s.fids.get(fid)
    const room = Math.min(count, s.msize - HEADER_SIZE - 4)
    if (entry.xattr !== undefined) return { data: xattrRead(entry.xattr, offset, room) }
    const target = s.ioBuffer.subarray(0, room)
    const length = need(s.tree, 'read').read(openHandle(s, fid), target, offset)
    return { data: length === room ? target : target.subarray(0, length) }
  },

  write: (s, { fid, offset, data }) => {
    const entry = s.fids.get(fid)
    if (entry.xattr !== undefined) return { count: xattrWrite(entry.xattr, offset, data) }
    return { count: need(s.tree, 'write').write(openHandle(s, fid), data, offset) }
  },

  fsync: (s, { fid, datasync }) => {
    const scope = datasync === 0 ? 'all' : 'data'
    if (s.fids.get(fid).open !== undefined) need(s.tree, 'fsync').fsync(openHandle(s, fid), scope)
    else need(s.tree, 'syncNode').syncNode(s.fids.node(fid), scope)
    return {}
  },

  lock: (s, q) => ({ status: need(s.tree, 'lock').lock(openHandle(s, q.fid), q) }),
  getlock: (s, q) => need(s.tree, 'getlock').getlock(openHandle(s, q.fid), q),

  xattrwalk: (s, q) => walkXattr(s, q),
  xattrcreate: (s, q) => createXattr(s, q),

  ...extensionHandlers,
}

/** What a thrown value that is no errno is answered with. */
export const BUG_ERRNO = EIO
