// Serves a file system object: memfs, node:fs below a directory, anything with their functions. (p9)

import { type Awaitable, mapped } from '../awaitable.ts'
import { qidType, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../constants.ts'
import {
  EBADF,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOSYS,
  ENOTDIR,
  ENXIO,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  ESTALE,
  P9Error,
} from '../errno.ts'
import {
  type Attr,
  DIRENT_SIZE,
  type Dirent,
  type Qid,
  type Reply,
  type Request,
} from '../messages.ts'
import type { AttachRequest, NewOwner } from '../server/file-tree.ts'
import type { ServedTree } from '../server/served-tree.ts'
import type { Wide } from '../wire.ts'
import { creating, hostFlags, isForWriting, O_EXCL, O_TRUNC } from './fs-flags.ts'
import { type FsLike, type FsPath, type FsStats, fstat, lstat } from './fs-like.ts'
import { type FsNames, listNames, readTarget, toPath } from './fs-names.ts'
import { NewFiles } from './fs-new-files.ts'
import { FsNode, Inodes, toAttr } from './fs-node.ts'
import { changeByFd, changeByPath } from './fs-setattr.ts'
import { linuxFs } from './linux-fs.ts'

export interface FsTreeOptions {
  /** Milliseconds since 1970: `Date.now`. For files whose time is set to "now". */
  readonly now: () => number
  /** `read`: every change is EROFS. Default `write`. */
  readonly access?: 'read' | 'write'
  /** Default `text`; node:fs knows `bytes`. */
  readonly names?: FsNames
}

export interface OpenNode {
  readonly node: FsNode
  /** -1 for a directory. */
  readonly fd: number
  /** A directory's names as they were when it was last read from the start. */
  names: readonly string[] | undefined
}

/** A position on the wire that a file can have. */
const position = (offset: Wide): number => {
  if (typeof offset === 'bigint') throw new P9Error(EINVAL, 'an offset beyond 2^53')
  return offset
}

/** As Linux's makedev(3). */
const deviceNumber = (major: number, minor: number): bigint => {
  const [a, b] = [BigInt(major), BigInt(minor)]
  return ((a & 0xfff_f000n) << 32n) | ((a & 0xfffn) << 8n) | ((b & ~0xffn) << 12n) | (b & 0xffn)
}

/**
 * The tree of a file system below `root`, a path of its own. Files are found by path, component by
 * component, and symlinks are never followed. Permissions are those of the process.
 */
export class FsTree implements ServedTree<FsNode, OpenNode> {
  readonly #fs: FsLike
  readonly #rootPath: string
  readonly #names: FsNames
  readonly #access: 'read' | 'write'
  readonly #now: () => number
  readonly #inodes = new Inodes()
  readonly #newFiles: NewFiles
  readonly #root: FsNode

  /** `root` as a byte string. Throws what the file system throws if there is none. */
  constructor(fs: FsLike, root: string, options: FsTreeOptions) {
    this.#names = options.names ?? 'text'
    // The host's kernel is strict by itself.
    this.#fs = this.#names === 'bytes' ? fs : linuxFs(fs)
    this.#rootPath = root.replace(/\/+$/, '')
    this.#access = options.access ?? 'write'
    this.#now = options.now
    this.#newFiles = new NewFiles(this.#fs)
    const stat = lstat(fs, toPath(root, this.#names))
    if ((Number(stat.mode) & S_IFMT) !== S_IFDIR) throw new P9Error(ENOTDIR, root)
    this.#root = new FsNode(undefined, '', Number(stat.mode), this.#inodes.path(stat)).retain()
  }

  #path(node: FsNode): FsPath {
    return toPath(`${this.#rootPath}${node.path || '/'}`, this.#names)
  }
  #childPath(dir: FsNode, name: string): FsPath {
    return toPath(`${this.#rootPath}${dir.path}/${name}`, this.#names)
  }
  #writable(): void {
    if (this.#access === 'read') throw new P9Error(EROFS)
  }

  attach({ aname }: AttachRequest): FsNode {
    if (aname !== '' && aname !== '/' && aname !== this.#rootPath) throw new P9Error(ENOENT, aname)
    return this.#root.retain()
  }
  qid(node: FsNode): Qid {
    return node.qid
  }
  parent(node: FsNode): FsNode {
    return node.parent
  }
  retain(node: FsNode): FsNode {
    return node.retain()
  }
  release(node: FsNode): void {
    if (!node.release() || node.keptFd === undefined) return
    this.#fs.closeSync(node.keptFd)
    node.keptFd = undefined
  }

  getattr(node: FsNode): Attr {
    const stat = node.gone ? fstat(this.#fs, node.lastingFd) : lstat(this.#fs, this.#path(node))
    return toAttr(node.qid, stat)
  }

  walk(dir: FsNode, name: string): FsNode {
    if (!dir.isDirectory) throw new P9Error(ENOTDIR)
    return this.#adopt(dir, name, lstat(this.#fs, this.#childPath(dir, name)))
  }

  /** The node for what is there now, held once more. */
  #adopt(dir: FsNode, name: string, stat: FsStats): FsNode {
    const known = dir.children.get(name)
    const path = this.#inodes.path(stat)
    const mode = Number(stat.mode)
    if (known?.qid.path === path && known.type === (mode & S_IFMT)) return known.retain()
    known?.lose()
    const node = new FsNode(dir.retain(), name, mode, path)
    dir.children.set(name, node)
    return node.retain()
  }

  open(node: FsNode, flags: number): OpenNode {
    if (isForWriting(flags)) {
      this.#writable()
      if (node.isDirectory) throw new P9Error(EISDIR)
    }
    if (node.isDirectory) return { node, fd: -1, names: undefined }
    return this.#openFile(node, flags)
  }

  #openFile(node: FsNode, flags: number): OpenNode {
    if (node.type === S_IFLNK) throw new P9Error(ELOOP)
    // A device, FIFO or socket of the host is a door to something that is no file.
    if (node.type !== S_IFREG) throw new P9Error(ENXIO)
    // Not truncated before it is known to be the right file.
    const fd = this.#fs.openSync(this.#path(node), hostFlags(this.#fs, flags & ~O_TRUNC))
    try {
      const stat = fstat(this.#fs, fd)
      if (this.#inodes.path(stat) !== node.qid.path) throw new P9Error(ESTALE)
      if (flags & O_TRUNC) this.#fs.ftruncateSync(fd, 0)
    } catch (error) {
      this.#fs.closeSync(fd)
      throw error
    }
    node.fds.add(fd)
    return { node, fd, names: undefined }
  }

  close({ node, fd }: OpenNode): void {
    if (fd === -1) return
    node.fds.delete(fd)
    this.#fs.closeSync(fd)
  }

  read({ node, fd }: OpenNode, target: Uint8Array, offset: Wide): number {
    if (fd === -1) throw new P9Error(node.isDirectory ? EISDIR : EINVAL)
    return this.#fs.readSync(fd, target, 0, target.length, position(offset))
  }
  write({ fd }: OpenNode, source: Uint8Array, offset: Wide): number {
    // A directory, which nobody has open for writing.
    if (fd === -1) throw new P9Error(EBADF)
    return this.#fs.writeSync(fd, source, 0, source.length, position(offset))
  }

  fsync({ fd }: OpenNode, scope: 'data' | 'all'): Awaitable<void> {
    if (fd === -1) return
    return new Promise((resolve, reject) => {
      const done = (error?: unknown): void => (error ? reject(error) : resolve())
      if (scope === 'data') this.#fs.fdatasync(fd, done)
      else this.#fs.fsync(fd, done)
    })
  }
  async syncNode(node: FsNode, scope: 'data' | 'all'): Promise<void> {
    if (node.isDirectory) return
    const file = this.#openFile(node, 0)
    try {
      await this.fsync(file, scope)
    } finally {
      this.close(file)
    }
  }

  readdir(handle: OpenNode, offset: Wide, room: number): Dirent[] {
    const { node } = handle
    if (!node.isDirectory) throw new P9Error(ENOTDIR)
    if (offset === 0 || handle.names === undefined) {
      handle.names = listNames(this.#fs, this.#path(node), this.#names)
    }
    const { names } = handle
    const entries: Dirent[] = []
    let left = room
    for (let i = position(offset); i < names.length + 2 && left > 0; i++) {
      const name = i === 0 ? '.' : i === 1 ? '..' : names[i - 2]!
      const child = i === 0 ? node : i === 1 ? node.parent : this.#child(node, name)
      // Removed since: not in the list any more.
      if (child === undefined) continue
      left -= DIRENT_SIZE + name.length
      // DT_* are the same four bits as S_IFMT, shifted.
      entries.push({ qid: child.qid, offset: i + 1, type: child.type >> 12, name })
    }
    return entries
  }

  list(node: FsNode, offset: Wide, room: number): Dirent[] {
    const handle = { node, fd: -1, names: undefined }
    return this.readdir(handle, position(offset) + 2, room)
  }

  create(
    dir: FsNode,
    name: string,
    flags: number,
    mode: number,
    owner: NewOwner,
  ): { node: FsNode; handle: OpenNode } {
    this.#writable()
    const path = this.#childPath(dir, name)
    const bits = mode & 0o7777
    const wanted = hostFlags(this.#fs, flags & ~(O_EXCL | O_TRUNC))
    let fd: number
    try {
      // Ours to open now, whatever it is to be: some check the mode of what they just made.
      const exclusive = creating(this.#fs) | hostFlags(this.#fs, O_EXCL)
      fd = this.#fs.openSync(path, wanted | exclusive, bits | 0o600)
    } catch (error) {
      if (flags & O_EXCL || (error as { code?: unknown }).code !== 'EEXIST') throw error
      const node = this.walk(dir, name)
      try {
        return { node, handle: this.open(node, flags) }
      } catch (failure) {
        this.release(node)
        throw failure
      }
    }
    try {
      const node = this.#adopt(dir, name, this.#newFiles.settleFd(fd, bits, owner))
      node.fds.add(fd)
      return { node, handle: { node, fd, names: undefined } }
    } catch (error) {
      this.#fs.closeSync(fd)
      throw error
    }
  }

  mkdir(dir: FsNode, name: string, mode: number, owner: NewOwner): FsNode {
    this.#writable()
    const path = this.#childPath(dir, name)
    this.#fs.mkdirSync(path, mode & 0o7777)
    return this.#adopt(dir, name, this.#newFiles.settlePath(path, mode, owner))
  }

  symlink(dir: FsNode, name: string, target: string, owner: NewOwner): FsNode {
    this.#writable()
    const path = this.#childPath(dir, name)
    this.#fs.symlinkSync(toPath(target, this.#names), path)
    return this.#adopt(dir, name, this.#newFiles.settlePath(path, 0, owner))
  }

  mknod(
    dir: FsNode,
    name: string,
    mode: number,
    major: number,
    minor: number,
    owner: NewOwner,
  ): Awaitable<FsNode> {
    this.#writable()
    const type = mode & S_IFMT
    if (type === S_IFREG || type === 0) {
      const { node, handle } = this.create(dir, name, O_EXCL, mode, owner)
      this.close(handle)
      return node
    }
    if (this.#fs.mknod === undefined) throw new P9Error(EOPNOTSUPP)
    const rdev = deviceNumber(major, minor)
    return mapped(this.#fs.mknod(this.#childPath(dir, name), mode, rdev), () => {
      const stat = this.#newFiles.settlePath(this.#childPath(dir, name), mode, owner)
      return this.#adopt(dir, name, stat)
    })
  }

  readlink(node: FsNode): string {
    if (node.type !== S_IFLNK) throw new P9Error(EINVAL)
    return readTarget(this.#fs, this.#path(node), this.#names)
  }

  link(dir: FsNode, node: FsNode, name: string): void {
    this.#writable()
    this.#fs.linkSync(this.#path(node), this.#childPath(dir, name))
  }

  unlink(dir: FsNode, name: string): void {
    this.#writable()
    this.#losing(dir, name, () => this.#fs.unlinkSync(this.#childPath(dir, name)))
  }
  rmdir(dir: FsNode, name: string): void {
    this.#writable()
    this.#losing(dir, name, () => this.#fs.rmdirSync(this.#childPath(dir, name)))
  }
  remove(node: FsNode): void {
    this.#writable()
    if (node === this.#root || node.gone) throw new P9Error(node.gone ? ENOENT : EPERM)
    if (node.isDirectory) this.rmdir(node.parent, node.name)
    else this.unlink(node.parent, node.name)
  }

  rename(oldDir: FsNode, oldName: string, newDir: FsNode, newName: string): void {
    this.#writable()
    const from = this.#childPath(oldDir, oldName)
    const moved = oldDir.children.get(oldName)
    // Two names of one file: rename(2) does nothing.
    if (moved !== undefined && newDir.children.get(newName)?.qid.path === moved.qid.path) {
      this.#fs.renameSync(from, this.#childPath(newDir, newName))
      return
    }
    this.#losing(newDir, newName, () => this.#fs.renameSync(from, this.#childPath(newDir, newName)))
    moved?.moveTo(newDir, newName)
  }
  renameNode(node: FsNode, newDir: FsNode, newName: string): void {
    if (node === this.#root || node.gone) throw new P9Error(node.gone ? ENOENT : EPERM)
    this.rename(node.parent, node.name, newDir, newName)
  }

  /** A held file that loses its name keeps a descriptor, so that its fids live on. */
  #losing(dir: FsNode, name: string, step: () => void): void {
    const node = dir.children.get(name)
    let kept: number | undefined
    if (node?.type === S_IFREG && node.fds.size === 0) {
      try {
        kept = this.#fs.openSync(this.#path(node), hostFlags(this.#fs, 0))
      } catch {
        // Not readable for us: then its attributes end with its name.
      }
    }
    try {
      step()
    } catch (error) {
      if (kept !== undefined) this.#fs.closeSync(kept)
      throw error
    }
    if (node === undefined) return
    node.keptFd = kept
    node.lose()
  }

  setattr(node: FsNode, change: Request<'setattr'>): void {
    this.#writable()
    if (node.gone) changeByFd(this.#fs, node.lastingFd, change, this.#now)
    else changeByPath(this.#fs, this.#path(node), node.type, change, this.#now)
  }

  statfs(node: FsNode): Reply<'statfs'> {
    if (this.#fs.statfsSync === undefined) throw new P9Error(ENOSYS)
    const { type, bsize, blocks, bfree, bavail, files, ffree } = this.#fs.statfsSync(
      this.#path(node.gone ? this.#root : node),
    )
    return { type: type >>> 0, bsize, blocks, bfree, bavail, files, ffree, fsid: 0, namelen: 255 }
  }

  /** A child as a listing shows it. */
  #child(dir: FsNode, name: string): { readonly qid: Qid; readonly type: number } | undefined {
    const known = dir.children.get(name)
    if (known !== undefined) return known
    try {
      const stat = lstat(this.#fs, this.#childPath(dir, name))
      const mode = Number(stat.mode)
      const qid = { type: qidType(mode), version: 0, path: this.#inodes.path(stat) }
      return { qid, type: mode & S_IFMT }
    } catch {
      return undefined
    }
  }
}
