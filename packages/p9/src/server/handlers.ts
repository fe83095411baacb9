// One function for each request of 9P2000.L. (p9)
// Each looks up and claims its fids before it waits for anything.

import { type Awaitable, mapped, run, type Steps, wait } from '../awaitable.ts'
import {
  AT_REMOVEDIR,
  HEADER_SIZE,
  IO_HEADER_SIZE,
  MIN_MSIZE,
  NOFID,
  NONUNAME,
  SETATTR_ATIME_SET,
  SETATTR_MTIME_SET,
  VERSION_L,
  VERSION_TSVISOR,
  VERSION_UNKNOWN,
} from '../constants.ts'
import { EBADF, EINVAL, ENOENT, ENOSYS, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Qid, Request } from '../messages.ts'
import { extensionHandlers } from './extension-handlers.ts'
import { BAD_FID } from './fid-table.ts'
import { direntRoom, fitting, type Handlers, NOTHING, need, openFlags } from './handler.ts'
import { getlock, lock } from './locks.ts'
import { checkNewName, checkOldName, checkTarget } from './names.ts'
import type { Session } from './session.ts'
import { walk } from './walk.ts'
import { clunkFid, createXattr, walkXattr, xattrRead, xattrWrite } from './xattr-fids.ts'

const NOT_OPEN = new P9Error(EBADF, 'fid is not open')
const NO_SUCH_TIME = new P9Error(EINVAL, 'more than 999,999,999 ns')
const NO_STATFS = new P9Error(ENOSYS, 'no statfs')
const O_EXCL = 0o200
const TWO_32 = 0x1_0000_0000

const iounit = <N, H>(s: Session<N, H>): number => s.msize - IO_HEADER_SIZE

const openHandle = <N, H>(s: Session<N, H>, fid: number): H => {
  const { open } = s.fids.get(fid)
  if (open === undefined) throw NOT_OPEN
  return open.handle
}

const ownerBy = ({ uid }: { readonly uid: number | undefined }, gid: number) => ({ uid, gid })

/** Makes something that the reply shows only the qid of. */
const madeQid = <N, H>(s: Session<N, H>, made: Awaitable<N>): Awaitable<{ qid: Qid }> =>
  mapped(made, node => {
    try {
      return { qid: s.tree.qid(node) }
    } finally {
      s.tree.release(node)
    }
  })

/** As utimensat(2) does; a time that is out of the range of the tree is the tree's own affair. */
const checkTime = ({ nsec }: Request<'setattr'>['atime']): void => {
  if (nsec >= 1_000_000_000) throw NO_SUCH_TIME
}

const nothing = () => NOTHING

export const handlers: Handlers = {
  lerror: () => {
    throw new P9Error(EOPNOTSUPP, 'not a request')
  },

  version: (s, { msize, version }) => {
    s.restart()
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

  attach: (s, { fid, afid, uname, aname, uid }, operation) => {
    const { tree, fids } = s
    if (afid !== NOFID) throw BAD_FID
    fids.claim(fid)
    return run(
      (function* (): Steps<{ qid: Qid }> {
        try {
          const node = yield* wait(tree.attach({ uname, aname, uid }, operation))
          const qid = tree.qid(node)
          fids.set(fid, node, uid === NONUNAME ? undefined : uid)
          return { qid }
        } finally {
          fids.unclaim(fid)
        }
      })(),
    )
  },

  // Where requests are answered one after the other there is never one to abandon; who serves
  // several at a time answers it before it gets here.
  flush: nothing,

  walk,
  clunk: (s, { fid }, operation) => mapped(clunkFid(s, fid, operation), nothing),

  remove: (s, { fid }, operation) => {
    const { tree, fids } = s
    const entry = fids.take(fid)
    return run(
      (function* () {
        try {
          yield* wait(need(tree, 'remove').remove(entry.node, operation))
        } finally {
          yield* wait(fids.end(entry, operation))
        }
        return NOTHING
      })(),
    )
  },

  statfs: (s, { fid }, operation) => {
    const node = s.fids.node(fid)
    // v9fs makes numbers up after exactly this errno.
    if (s.tree.statfs === undefined) throw NO_STATFS
    return s.tree.statfs(node, operation)
  },

  lopen: (s, { fid, flags }, operation) => {
    const { tree } = s
    const entry = s.fids.unopened(fid)
    entry.opening = true
    return run(
      (function* () {
        try {
          entry.open = { handle: yield* wait(tree.open(entry.node, openFlags(flags), operation)) }
        } finally {
          entry.opening = false
        }
        return { qid: tree.qid(entry.node), iounit: iounit(s) }
      })(),
    )
  },

  // The fid of the directory becomes that of the open file.
  lcreate: (s, { fid, name, flags, mode, gid }, operation) => {
    checkNewName(name)
    const { fids } = s
    const entry = fids.unopened(fid)
    const wanted = openFlags(flags) | (flags & O_EXCL)
    const tree = need(s.tree, 'create')
    entry.opening = true
    return run(
      (function* () {
        try {
          const { node, handle } = yield* wait(
            tree.create(entry.node, name, wanted, mode, ownerBy(entry, gid), operation),
          )
          if (entry.gone) {
            s.tree.release(node)
            yield* wait(s.tree.close(handle, operation))
            throw BAD_FID
          }
          const qid = s.tree.qid(node)
          fids.set(fid, node, entry.uid).open = { handle }
          return { qid, iounit: iounit(s) }
        } finally {
          entry.opening = false
        }
      })(),
    )
  },

  symlink: (s, { dfid, name, target, gid }, operation) => {
    checkNewName(name)
    checkTarget(target)
    const dir = s.fids.file(dfid)
    const tree = need(s.tree, 'symlink')
    return madeQid(s, tree.symlink(dir.node, name, target, ownerBy(dir, gid), operation))
  },

  mknod: (s, { dfid, name, mode, major, minor, gid }, operation) => {
    checkNewName(name)
    const dir = s.fids.file(dfid)
    const tree = need(s.tree, 'mknod')
    const owner = ownerBy(dir, gid)
    return madeQid(s, tree.mknod(dir.node, name, mode, major, minor, owner, operation))
  },

  mkdir: (s, { dfid, name, mode, gid }, operation) => {
    checkNewName(name)
    const dir = s.fids.file(dfid)
    const tree = need(s.tree, 'mkdir')
    return madeQid(s, tree.mkdir(dir.node, name, mode, ownerBy(dir, gid), operation))
  },

  rename: (s, { fid, dfid, name }, operation) => {
    checkOldName(name)
    const { fids } = s
    const tree = need(s.tree, 'renameNode')
    return mapped(tree.renameNode(fids.node(fid), fids.node(dfid), name, operation), nothing)
  },

  renameat: (s, { olddfid, oldname, newdfid, newname }, operation) => {
    checkOldName(oldname)
    checkOldName(newname)
    const { fids } = s
    const from = fids.node(olddfid)
    const to = fids.node(newdfid)
    return mapped(need(s.tree, 'rename').rename(from, oldname, to, newname, operation), nothing)
  },

  unlinkat: (s, { dfid, name, flags }, operation) => {
    checkOldName(name)
    if (flags & ~AT_REMOVEDIR) throw new P9Error(EINVAL, 'unknown unlink flags')
    const dir = s.fids.node(dfid)
    if (flags & AT_REMOVEDIR) {
      return mapped(need(s.tree, 'rmdir').rmdir(dir, name, operation), nothing)
    }
    return mapped(need(s.tree, 'unlink').unlink(dir, name, operation), nothing)
  },

  link: (s, { dfid, fid, name }, operation) => {
    checkNewName(name)
    const { fids } = s
    const tree = need(s.tree, 'link')
    return mapped(tree.link(fids.node(dfid), fids.node(fid), name, operation), nothing)
  },

  readlink: (s, { fid }, operation) =>
    mapped(need(s.tree, 'readlink').readlink(s.fids.node(fid), operation), target => ({ target })),

  getattr: (s, { fid, mask }, operation) =>
    mapped(s.tree.getattr(s.fids.node(fid), operation), attr => {
      // All that the tree knows, whatever was asked: v9fs and diod do the same.
      const known = 0x7ff | (attr.btime.sec !== 0 ? 0x800 : 0)
      const wanted = typeof mask === 'bigint' ? Number(BigInt.asUintN(32, mask)) : mask % TWO_32
      // In this order: a field added after the copy costs ten times as much.
      return { valid: wanted & known, ...attr }
    }),

  setattr: (s, q, operation) => {
    if (q.valid & SETATTR_ATIME_SET) checkTime(q.atime)
    if (q.valid & SETATTR_MTIME_SET) checkTime(q.mtime)
    return mapped(need(s.tree, 'setattr').setattr(s.fids.node(q.fid), q, operation), nothing)
  },

  readdir: (s, { fid, offset, count }, operation) => {
    const room = direntRoom(s, count)
    const tree = need(s.tree, 'readdir')
    return mapped(tree.readdir(openHandle(s, fid), offset, room, operation), entries => ({
      entries: fitting(entries, room),
    }))
  },

  read: (s, { fid, offset, count }, operation) => {
    const entry = s.fids.get(fid)
    const room = Math.min(count, s.msize - HEADER_SIZE - 4)
    if (entry.xattr !== undefined) return { data: xattrRead(entry.xattr, offset, room) }
    const tree = need(s.tree, 'read')
    const handle = openHandle(s, fid)
    const target = s.readBuffer(room)
    return mapped(tree.read(handle, target, offset, operation), length => ({
      data: length === room ? target : target.subarray(0, length),
    }))
  },

  write: (s, { fid, offset, data }, operation) => {
    const entry = s.fids.get(fid)
    if (entry.xattr !== undefined) return { count: xattrWrite(entry.xattr, offset, data) }
    const tree = need(s.tree, 'write')
    return mapped(tree.write(openHandle(s, fid), data, offset, operation), count => ({ count }))
  },

  fsync: (s, { fid, datasync }, operation) => {
    const scope = datasync === 0 ? 'all' : 'data'
    if (s.fids.get(fid).open !== undefined) {
      return mapped(need(s.tree, 'fsync').fsync(openHandle(s, fid), scope, operation), nothing)
    }
    return mapped(need(s.tree, 'syncNode').syncNode(s.fids.node(fid), scope, operation), nothing)
  },

  lock,
  getlock,
  xattrwalk: walkXattr,
  xattrcreate: createXattr,

  ...extensionHandlers,
}
