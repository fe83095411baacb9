// A file system of plain objects in memory, as somebody would write one for the server.
import {
  type Attr,
  type Dirent,
  type FileTree,
  type NewOwner,
  NO_ID,
  P9Error,
  qidType,
  type Request,
  SETATTR_ATIME,
  SETATTR_ATIME_SET,
  SETATTR_GID,
  SETATTR_MODE,
  SETATTR_MTIME,
  SETATTR_MTIME_SET,
  SETATTR_SIZE,
  SETATTR_UID,
} from '../src/index.ts'

const EPERM = 1
const ENOENT = 2
const EEXIST = 17
const ENOTDIR = 20
const EISDIR = 21
const EINVAL = 22
const EFBIG = 27
const ENOTEMPTY = 39
const ENODATA = 61
const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFREG = 0o100000
const S_IFLNK = 0o120000
const O_TRUNC = 0o1000
const O_APPEND = 0o2000
const O_EXCL = 0o200
const CREATE = 1
const REPLACE = 2
/** Of a Date. */
const LAST_MS = 8.64e15
/** Content is kept in pieces, so that holes cost nothing. */
const PAGE = 65536
const MAX_SIZE = 2 ** 46

export interface MemNode {
  readonly id: number
  mode: number
  uid: number
  gid: number
  nlink: number
  rdev: number
  atimeMs: number
  mtimeMs: number
  ctimeMs: number
  parent: MemNode
  readonly children: Map<string, MemNode>
  /** Where each name stands in a listing: what is removed or added meanwhile moves nothing. */
  readonly places: Map<string, number>
  size: number
  readonly pages: Map<number, Uint8Array>
  target: string
  readonly xattrs: Map<string, Uint8Array>
  holds: number
  opens: number
}

/** What is open: with O_APPEND or without. */
export interface MemFile {
  readonly node: MemNode
  readonly flags: number
}

const isDirectory = ({ mode }: MemNode): boolean => (mode & S_IFMT) === S_IFDIR
const time = (ms: number) => {
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: (ms - sec * 1000) * 1e6 }
}

export class MemTree implements FileTree<MemNode, MemFile> {
  #ids = 0
  #places = 2
  readonly root = this.node(S_IFDIR | 0o755, undefined)

  node(mode: number, parent: MemNode | undefined, owner: NewOwner = { uid: 0, gid: 0 }): MemNode {
    const now = Date.now()
    const node = {
      id: ++this.#ids,
      ...{ mode, uid: owner.uid ?? 0, gid: owner.gid, nlink: 1, rdev: 0 },
      ...{ atimeMs: now, mtimeMs: now, ctimeMs: now },
      ...{
        children: new Map(),
        places: new Map(),
        size: 0,
        pages: new Map(),
        target: '',
        xattrs: new Map(),
      },
      ...{ holds: 0, opens: 0 },
    } as unknown as MemNode
    node.parent = parent ?? node
    return node
  }

  /** Adds a file or directory ("a/b/" ends with a slash) with its parents. */
  add(path: string, content = ''): MemNode {
    let at = this.root
    const names = path.split('/')
    for (const [i, name] of names.entries()) {
      if (name === '') continue
      const mode = i < names.length - 1 ? S_IFDIR | 0o755 : S_IFREG | 0o644
      const next: MemNode = at.children.get(name) ?? this.node(mode, at)
      if (!at.children.has(name)) this.#enter(at, name, next)
      at = next
    }
    this.#put(
      at,
      Uint8Array.from(content, c => c.charCodeAt(0)),
      0,
    )
    return at
  }

  attach() {
    return this.retain(this.root)
  }
  qid({ id, mode }: MemNode) {
    return { type: qidType(mode), version: 0, path: id }
  }
  getattr(node: MemNode): Attr {
    const { mode, uid, gid, nlink, rdev, size, pages, atimeMs, mtimeMs, ctimeMs } = node
    return {
      ...{ qid: this.qid(node), mode, uid, gid, nlink, rdev, size, blksize: 4096 },
      ...{ blocks: Math.min(pages.size * (PAGE / 512), Math.ceil(size / 512)) },
      ...{ atime: time(atimeMs), mtime: time(mtimeMs), ctime: time(ctimeMs) },
      ...{ btime: { sec: 0, nsec: 0 }, gen: 0, dataVersion: 0 },
    }
  }
  setattr(node: MemNode, { valid, mode, uid, gid, size, atime, mtime }: Request<'setattr'>) {
    const now = Date.now()
    const given = (t: typeof atime) => {
      const ms = Number(t.sec) * 1000 + Math.floor(Number(t.nsec) / 1e6)
      return Math.max(-LAST_MS, Math.min(LAST_MS, ms))
    }
    if (valid & SETATTR_SIZE) this.#resize(node, Number(size))
    if (valid & SETATTR_MODE) node.mode = (node.mode & S_IFMT) | (mode & 0o7777)
    if (valid & SETATTR_UID && uid !== NO_ID) node.uid = uid
    if (valid & SETATTR_GID && gid !== NO_ID) node.gid = gid
    if (valid & SETATTR_ATIME) node.atimeMs = valid & SETATTR_ATIME_SET ? given(atime) : now
    if (valid & SETATTR_MTIME) node.mtimeMs = valid & SETATTR_MTIME_SET ? given(mtime) : now
    node.ctimeMs = now
  }
  statfs() {
    const some = { blocks: 1 << 20, bfree: 1 << 19, bavail: 1 << 19, files: 1 << 20 }
    return { type: 0x01021994, bsize: 4096, ...some, ffree: 1 << 19, fsid: 0, namelen: 255 }
  }
  walk(dir: MemNode, name: string) {
    return this.retain(this.#child(dir, name))
  }
  #child(dir: MemNode, name: string): MemNode {
    if (!isDirectory(dir)) throw new P9Error(ENOTDIR)
    const child = dir.children.get(name)
    if (!child) throw new P9Error(ENOENT)
    return child
  }
  parent(node: MemNode) {
    return node.parent
  }
  retain(node: MemNode) {
    node.holds++
    return node
  }
  release(node: MemNode) {
    if (--node.holds < 0) throw new Error('released twice')
  }

  open(node: MemNode, flags: number): MemFile {
    if (flags & O_TRUNC) this.#resize(node, 0)
    node.opens++
    return { node, flags }
  }
  close({ node }: MemFile) {
    node.opens--
  }
  read({ node }: MemFile, target: Uint8Array, offset: number | bigint) {
    if (isDirectory(node)) throw new P9Error(EISDIR)
    const start = Number(offset)
    const length = Math.max(0, Math.min(target.length, node.size - start))
    for (let at = start; at < start + length; ) {
      const page = node.pages.get(Math.floor(at / PAGE))
      const piece = Math.min(PAGE - (at % PAGE), start + length - at)
      const into = target.subarray(at - start, at - start + piece)
      if (page) into.set(page.subarray(at % PAGE, (at % PAGE) + piece))
      else into.fill(0)
      at += piece
    }
    return length
  }
  write({ node, flags }: MemFile, source: Uint8Array, offset: number | bigint) {
    this.#put(node, source, flags & O_APPEND ? node.size : Number(offset))
    return source.length
  }
  #put(node: MemNode, source: Uint8Array, start: number) {
    const end = start + source.length
    if (end > MAX_SIZE) throw new P9Error(EFBIG)
    for (let at = start; at < end; ) {
      const index = Math.floor(at / PAGE)
      const page = node.pages.get(index) ?? new Uint8Array(PAGE)
      node.pages.set(index, page)
      const piece = Math.min(PAGE - (at % PAGE), end - at)
      page.set(source.subarray(at - start, at - start + piece), at % PAGE)
      at += piece
    }
    node.size = Math.max(node.size, end)
    node.mtimeMs = Date.now()
  }
  #resize(node: MemNode, size: number) {
    if (isDirectory(node)) throw new P9Error(EISDIR)
    if (size > MAX_SIZE) throw new P9Error(EFBIG)
    for (const [index, page] of node.pages) {
      if (index * PAGE >= size) node.pages.delete(index)
      else if ((index + 1) * PAGE > size) page.fill(0, size % PAGE)
    }
    node.size = size
    node.mtimeMs = Date.now()
  }
  fsync() {}
  syncNode() {}

  readdir({ node }: MemFile, offset: number | bigint): Dirent[] {
    if (!isDirectory(node)) throw new P9Error(ENOTDIR)
    const children = [...node.children].map(([name, child]) => {
      return { name, child, offset: node.places.get(name)! }
    })
    const dots = [
      { name: '.', child: node, offset: 1 },
      { name: '..', child: node.parent, offset: 2 },
    ]
    return [...dots, ...children]
      .filter(entry => entry.offset > offset)
      .map(({ name, child, offset }) => {
        const type = (child.mode & S_IFMT) >> 12
        return { name, offset, type, qid: this.qid(child) }
      })
  }
  list(node: MemNode, offset: number | bigint) {
    return this.readdir({ node, flags: 0 }, Number(offset) + 2)
  }

  #enter(dir: MemNode, name: string, node: MemNode) {
    dir.children.set(name, node)
    dir.places.set(name, ++this.#places)
    dir.mtimeMs = Date.now()
  }
  #make(dir: MemNode, name: string, mode: number, owner?: NewOwner) {
    if (!isDirectory(dir)) throw new P9Error(ENOTDIR)
    if (dir.nlink === 0) throw new P9Error(ENOENT)
    if (dir.children.has(name)) throw new P9Error(EEXIST)
    const made = this.node(mode, dir, owner)
    this.#enter(dir, name, made)
    return this.retain(made)
  }
  create(dir: MemNode, name: string, flags: number, mode: number, owner: NewOwner) {
    const old = dir.children.get(name)
    if (old && !(flags & O_EXCL)) return { node: this.retain(old), handle: this.open(old, flags) }
    const node = this.#make(dir, name, (mode & 0o7777) | S_IFREG, owner)
    return { node, handle: this.open(node, flags) }
  }
  mkdir(dir: MemNode, name: string, mode: number, owner: NewOwner) {
    return this.#make(dir, name, (mode & 0o7777) | S_IFDIR, owner)
  }
  symlink(dir: MemNode, name: string, target: string, owner: NewOwner) {
    const node = this.#make(dir, name, S_IFLNK | 0o777, owner)
    node.target = target
    node.size = target.length
    return node
  }
  mknod(
    dir: MemNode,
    name: string,
    mode: number,
    major: number,
    minor: number,
    owner: NewOwner,
  ): MemNode {
    const node = this.#make(dir, name, mode, owner)
    node.rdev = ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0
    return node
  }
  link(dir: MemNode, node: MemNode, name: string) {
    if (isDirectory(node)) throw new P9Error(EPERM)
    if (dir.children.has(name)) throw new P9Error(EEXIST)
    this.#enter(dir, name, node)
    node.nlink++
  }
  readlink(node: MemNode) {
    return node.target
  }

  unlink(dir: MemNode, name: string) {
    if (isDirectory(this.#child(dir, name))) throw new P9Error(EISDIR)
    this.#drop(dir, name)
  }
  rmdir(dir: MemNode, name: string) {
    const node = this.#child(dir, name)
    if (!isDirectory(node)) throw new P9Error(ENOTDIR)
    if (node.children.size > 0) throw new P9Error(ENOTEMPTY)
    this.#drop(dir, name)
  }
  #drop(dir: MemNode, name: string) {
    dir.children.get(name)!.nlink--
    dir.children.delete(name)
    dir.mtimeMs = Date.now()
  }
  remove(node: MemNode) {
    const [name] = this.#nameOf(node)
    if (isDirectory(node)) this.rmdir(node.parent, name)
    else this.unlink(node.parent, name)
  }
  #nameOf(node: MemNode): [string, MemNode] {
    const found = [...node.parent.children].find(([, child]) => child === node)
    if (!found) throw new P9Error(ENOENT)
    return found
  }

  rename(oldDir: MemNode, oldName: string, newDir: MemNode, newName: string) {
    const node = this.#child(oldDir, oldName)
    const replaced = newDir.children.get(newName)
    if (replaced === node) return
    for (let at = newDir; at !== this.root; at = at.parent) {
      if (at === node) throw new P9Error(EINVAL)
    }
    if (replaced) {
      if (isDirectory(node) && !isDirectory(replaced)) throw new P9Error(ENOTDIR)
      if (!isDirectory(node) && isDirectory(replaced)) throw new P9Error(EISDIR)
      if (replaced.children.size > 0) throw new P9Error(ENOTEMPTY)
      this.#drop(newDir, newName)
    }
    oldDir.children.delete(oldName)
    oldDir.mtimeMs = Date.now()
    this.#enter(newDir, newName, node)
    node.parent = newDir
  }
  renameNode(node: MemNode, newDir: MemNode, newName: string) {
    this.rename(node.parent, this.#nameOf(node)[0], newDir, newName)
  }

  getxattr(node: MemNode, name: string) {
    const value = node.xattrs.get(name)
    if (!value) throw new P9Error(ENODATA)
    return value
  }
  listxattr(node: MemNode) {
    return [...node.xattrs.keys()]
  }
  setxattr(node: MemNode, name: string, value: Uint8Array, flags: number) {
    if (flags === CREATE && node.xattrs.has(name)) throw new P9Error(EEXIST)
    if (flags === REPLACE && !node.xattrs.has(name)) throw new P9Error(ENODATA)
    node.xattrs.set(name, value)
  }
  removexattr(node: MemNode, name: string) {
    if (!node.xattrs.delete(name)) throw new P9Error(ENODATA)
  }
}
