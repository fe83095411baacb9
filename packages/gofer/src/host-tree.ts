// Host directories as a tree for the 9P server. (gofer)
// Every file is reached by opening one name in a directory that is already open, without following
// symlinks; from then on by that descriptor. There is no path to race with and no way up.

import {
  EBUSY,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  EPERM,
  Errno,
  EXDEV,
  O_ACCMODE,
  O_EXCL,
  O_RDONLY,
  RENAME_EXCHANGE,
} from '@tsvisor/abi'
import {
  AT_FDCWD,
  close,
  type FileStat,
  fdatasync,
  fileType,
  fstat,
  fstatat,
  fstatfs,
  fsync,
  getxattr,
  linkat,
  listxattr,
  mkdirat,
  mknodat,
  pread,
  pwrite,
  readlinkat,
  removexattr,
  renameat2,
  setxattr,
  statx,
  symlinkat,
  unlinkat,
} from '@tsvisor/host'
import {
  AT_REMOVEDIR,
  type AttachRequest,
  type Attr,
  type Dirent,
  type FileTree,
  type NewOwner,
  type Qid,
  type Reply,
  type Request,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Wide,
} from '@tsvisor/p9'
import { toAttr, toQid } from './attributes.ts'
import { listHost, openDirectory } from './host-directory.ts'
import type { HostNode } from './host-node.ts'
import { createFile, createTemporary, openFile, writable } from './host-open.ts'
import { adoptMade, type Self } from './make.ts'
import { type NodeTable, openComponent } from './node-table.ts'
import { procPath } from './proc-fd.ts'
import { setAttributes } from './set-attributes.ts'
import { checkSettable, visible } from './xattr-policy.ts'

const AT_EMPTY_PATH = 0x1000
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_SYMLINK_FOLLOW = 0x400
const S_IFIFO = 0o010000
const S_IFSOCK = 0o140000

/** A file opened for messages that carry its bytes. */
export interface OpenFile {
  readonly node: HostNode
  readonly fd: number
}

export class HostTree implements FileTree<HostNode, OpenFile> {
  readonly #table: NodeTable
  readonly #roots: ReadonlyMap<string, HostNode>
  readonly #self: Self

  /** `self`: whom the host takes us for when we make files. */
  constructor(table: NodeTable, roots: ReadonlyMap<string, HostNode>, self: Self) {
    this.#table = table
    this.#roots = roots
    this.#self = self
  }

  attach({ aname }: AttachRequest): HostNode {
    const root = this.#roots.get(aname)
    if (root === undefined) throw ENOENT
    return this.#table.retain(root)
  }

  qid(node: HostNode): Qid {
    return toQid(node.path, node.type)
  }

  getattr(node: HostNode): Attr {
    return toAttr(statx(this.#table.fd(node), '', AT_EMPTY_PATH), node.path)
  }

  walk(dir: HostNode, name: string): HostNode {
    if (dir.type !== S_IFDIR) throw ENOTDIR
    const fd = openComponent(this.#table.fd(dir), name)
    return this.#table.adopt(fd, fstat(fd), dir, name)
  }

  childAttr(dir: HostNode, name: string): Attr | undefined {
    try {
      const stat = statx(this.#table.fd(dir), name, AT_SYMLINK_NOFOLLOW)
      return toAttr(stat, dir.export.paths.path(stat.dev, stat.ino))
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    }
  }

  parent(node: HostNode): HostNode {
    return node.parent
  }
  retain(node: HostNode): HostNode {
    return this.#table.retain(node)
  }
  release(node: HostNode): void {
    this.#table.release(node)
  }

  open(node: HostNode, flags: number): OpenFile {
    if (node.type !== S_IFDIR) return { node, fd: this.openDescriptor(node, flags) }
    if ((flags & O_ACCMODE) !== O_RDONLY) throw EISDIR
    return { node, fd: openDirectory(this.#table.fd(node)) }
  }
  close(file: OpenFile): void {
    close(file.fd)
  }

  /**
   * Regular files only. A device, FIFO or socket of the host is a door to something that is no
   * file: ENXIO; the guest's kernel has its own. A directory's descriptor would be a way out of
   * the tree for who gets it: EISDIR.
   */
  openDescriptor(node: HostNode, flags: number): number {
    return openFile(node, this.#table.fd(node), node.type, flags)
  }
  /** As openDescriptor, of a name, for which no node is made. */
  openChild(dir: HostNode, name: string, flags: number): number {
    if (dir.type !== S_IFDIR) throw ENOTDIR
    const fd = openComponent(this.#table.fd(dir), name)
    try {
      return openFile(dir, fd, fileType(fd), flags)
    } finally {
      close(fd)
    }
  }

  /** Call between requests. */
  settle(): void {
    this.#table.trim()
  }

  read(file: OpenFile, target: Uint8Array, offset: Wide): number {
    if (typeof offset === 'bigint') throw EINVAL
    return pread(file.fd, target, offset)
  }
  write(file: OpenFile, source: Uint8Array, offset: Wide): number {
    if (typeof offset === 'bigint') throw EINVAL
    return pwrite(file.fd, source, offset)
  }
  readdir(file: OpenFile, offset: Wide, count: number): readonly Dirent[] {
    if (file.node.type !== S_IFDIR) throw ENOTDIR
    return listHost(file.node, file.fd, offset, 'with-dots', count)
  }
  list(node: HostNode, offset: Wide, count: number): readonly Dirent[] {
    if (node.type !== S_IFDIR) throw ENOTDIR
    const fd = openDirectory(this.#table.fd(node))
    try {
      return listHost(node, fd, offset, 'without-dots', count)
    } finally {
      close(fd)
    }
  }

  fsync(file: OpenFile, scope: 'data' | 'all'): void {
    if (scope === 'data') fdatasync(file.fd)
    else fsync(file.fd)
  }
  syncNode(node: HostNode, scope: 'data' | 'all'): void {
    const file = this.open(node, O_RDONLY)
    try {
      this.fsync(file, scope)
    } finally {
      this.close(file)
    }
  }

  create(
    dir: HostNode,
    name: string,
    flags: number,
    mode: number,
    owner: NewOwner,
  ): { node: HostNode; handle: OpenFile } {
    const { node, fd } = createFile(this.#table, dir, name, { flags, mode }, owner, this.#self)
    return { node, handle: { node, fd } }
  }

  createDescriptor(
    dir: HostNode,
    name: string,
    flags: number,
    mode: number,
    owner: NewOwner,
  ): { node: HostNode; fd: number } {
    return createFile(this.#table, dir, name, { flags: flags | O_EXCL, mode }, owner, this.#self)
  }

  temporaryDescriptor(
    dir: HostNode,
    flags: number,
    mode: number,
    owner: NewOwner,
  ): { node: HostNode; fd: number } {
    return createTemporary(this.#table, dir, { flags, mode }, owner, this.#self)
  }

  mkdir(dir: HostNode, name: string, mode: number, owner: NewOwner): HostNode {
    writable(dir)
    mkdirat(this.#table.fd(dir), name, mode & 0o7777)
    return adoptMade(this.#table, dir, name, (mode & 0o7777) | S_IFDIR, owner, this.#self)
  }

  symlink(dir: HostNode, name: string, target: string, owner: NewOwner): HostNode {
    writable(dir)
    symlinkat(target, this.#table.fd(dir), name)
    return adoptMade(this.#table, dir, name, S_IFLNK, owner, this.#self)
  }

  /** Files, FIFOs and sockets. Device nodes would be doors of the host made by the guest: EPERM. */
  mknod(
    dir: HostNode,
    name: string,
    mode: number,
    _major: number,
    _minor: number,
    owner: NewOwner,
  ): HostNode {
    writable(dir)
    const type = mode & S_IFMT || S_IFREG
    if (type !== S_IFREG && type !== S_IFIFO && type !== S_IFSOCK) throw EPERM
    const made = (mode & 0o7777) | type
    mknodat(this.#table.fd(dir), name, made, 0)
    return adoptMade(this.#table, dir, name, made, owner, this.#self)
  }

  link(dir: HostNode, node: HostNode, name: string): void {
    writable(dir)
    if (node.type === S_IFDIR) throw EPERM
    if (node.export !== dir.export) throw EXDEV
    const from = procPath(this.#table.fd(node))
    linkat(AT_FDCWD, from, this.#table.fd(dir), name, AT_SYMLINK_FOLLOW)
  }

  unlink(dir: HostNode, name: string): void {
    this.#remove(dir, name, 0)
  }
  rmdir(dir: HostNode, name: string): void {
    this.#remove(dir, name, AT_REMOVEDIR)
  }
  #remove(dir: HostNode, name: string, flags: number): void {
    writable(dir)
    const dirFd = this.#table.fd(dir)
    const victim = this.#held(dir, dirFd, name)
    if (victim === undefined) {
      unlinkat(dirFd, name, flags)
      return
    }
    this.#table.losing(victim)
    try {
      unlinkat(dirFd, name, flags)
    } catch (error) {
      this.#table.kept(victim)
      throw error
    }
  }

  /** The node that a client holds and that is known by this very name. */
  #held(dir: HostNode, dirFd: number, name: string): HostNode | undefined {
    let stat: FileStat
    try {
      stat = fstatat(dirFd, name, AT_SYMLINK_NOFOLLOW)
    } catch {
      // The call proper will say what is wrong.
      return undefined
    }
    const node = this.#table.find(dir.export, stat)
    if (node === undefined || node.lost) return undefined
    return node.parent === dir && node.name === name ? node : undefined
  }

  rename(oldDir: HostNode, oldName: string, newDir: HostNode, newName: string): void {
    writable(oldDir)
    writable(newDir)
    if (oldDir.export !== newDir.export) throw EXDEV
    const oldFd = this.#table.fd(oldDir)
    const newFd = this.#table.fd(newDir)
    const moved = this.#held(oldDir, oldFd, oldName)
    const replaced = this.#held(newDir, newFd, newName)
    // Two names of one file: rename(2) does nothing then.
    const victim = replaced === moved ? undefined : replaced
    if (victim !== undefined) this.#table.losing(victim)
    try {
      renameat2(oldFd, oldName, newFd, newName, 0)
    } catch (error) {
      if (victim !== undefined) this.#table.kept(victim)
      throw error
    }
    if (moved !== undefined) this.#table.moved(moved, newDir, newName)
  }

  exchange(oldDir: HostNode, oldName: string, newDir: HostNode, newName: string): void {
    writable(oldDir)
    writable(newDir)
    if (oldDir.export !== newDir.export) throw EXDEV
    const oldFd = this.#table.fd(oldDir)
    const newFd = this.#table.fd(newDir)
    const one = this.#held(oldDir, oldFd, oldName)
    const other = this.#held(newDir, newFd, newName)
    renameat2(oldFd, oldName, newFd, newName, RENAME_EXCHANGE)
    if (one !== undefined) this.#table.moved(one, newDir, newName)
    if (other !== undefined) this.#table.moved(other, oldDir, oldName)
  }

  /** Tremove: by the name that the node was found under, if it still leads there. */
  remove(node: HostNode): void {
    this.#checkName(node)
    this.#remove(node.parent, node.name, node.type === S_IFDIR ? AT_REMOVEDIR : 0)
  }
  renameNode(node: HostNode, newDir: HostNode, newName: string): void {
    this.#checkName(node)
    this.rename(node.parent, node.name, newDir, newName)
  }
  #checkName(node: HostNode): void {
    if (node.isRoot) throw EBUSY
    if (node.lost) throw ENOENT
    const stat = fstatat(this.#table.fd(node.parent), node.name, AT_SYMLINK_NOFOLLOW)
    if (stat.ino !== node.ino || stat.dev !== node.dev) throw ENOENT
  }

  readlink(node: HostNode): string {
    if (node.type !== S_IFLNK) throw EINVAL
    return readlinkat(this.#table.fd(node), '')
  }

  setattr(node: HostNode, change: Request<'setattr'>): void {
    writable(node)
    setAttributes(this.#table.fd(node), node.type, change)
  }

  statfs(node: HostNode): Reply<'statfs'> {
    const stat = fstatfs(this.#table.fd(node))
    const { type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen } = stat
    return { type, bsize, blocks, bfree, bavail, files, ffree, fsid, namelen }
  }

  getxattr(node: HostNode, name: string): Uint8Array {
    return getxattr(procPath(this.#table.fd(node)), name)
  }
  listxattr(node: HostNode): readonly string[] {
    return listxattr(procPath(this.#table.fd(node))).filter(visible)
  }
  setxattr(node: HostNode, name: string, value: Uint8Array, flags: number): void {
    writable(node)
    checkSettable(name)
    setxattr(procPath(this.#table.fd(node)), name, value, flags)
  }
  removexattr(node: HostNode, name: string): void {
    writable(node)
    checkSettable(name)
    removexattr(procPath(this.#table.fd(node)), name)
  }
}
