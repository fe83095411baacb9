// A synthetic tree of objects in memory, for server tests.
import { type Attr, type Dirent, type FileTree, P9Error, qidType } from '../src/index.ts'

const ENOENT = 2
const EEXIST = 17
const ENOTDIR = 20
const EISDIR = 21
const ENOTEMPTY = 39
const ENODATA = 61

export interface MemNode {
  readonly id: number
  readonly mode: number
  parent: MemNode
  readonly children: Map<string, MemNode>
  data: Uint8Array
  target: string
  readonly xattrs: Map<string, Uint8Array>
  holds: number
  opens: number
}

export class MemTree implements FileTree<MemNode, MemNode> {
  #ids = 0
  readonly root = this.node(0o040755, undefined)

  node(mode: number, parent: MemNode | undefined): MemNode {
    const node = {
      id: ++this.#ids,
      mode,
      children: new Map(),
      data: new Uint8Array(0),
      target: '',
      xattrs: new Map(),
      holds: 0,
      opens: 0,
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
      const mode = i < names.length - 1 ? 0o040755 : 0o100644
      const next: MemNode = at.children.get(name) ?? this.node(mode, at)
      at.children.set(name, next)
      at = next
    }
    at.data = Uint8Array.from(content, c => c.charCodeAt(0))
    return at
  }

  attach() {
    return this.retain(this.root)
  }
  qid({ id, mode }: MemNode) {
    return { type: qidType(mode), version: 0, path: id }
  }
  getattr(node: MemNode): Attr {
    const time = { sec: -1, nsec: 5 }
    const { data, mode } = node
    return {
      ...{ qid: this.qid(node), mode, uid: 1, gid: 2, nlink: 1, rdev: 0, size: data.length },
      ...{ blksize: 4096, blocks: 8, atime: time, mtime: time, ctime: time, btime: time },
      ...{ gen: 0, dataVersion: 0 },
    }
  }
  walk(dir: MemNode, name: string) {
    const child = dir.children.get(name)
    if (!child) throw new P9Error(ENOENT)
    return this.retain(child)
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
  open(node: MemNode) {
    node.opens++
    return node
  }
  close(node: MemNode) {
    node.opens--
  }
  read(node: MemNode, target: Uint8Array, offset: number | bigint) {
    if ((node.mode & 0o170000) === 0o040000) throw new P9Error(EISDIR)
    const piece = node.data.subarray(Number(offset), Number(offset) + target.length)
    target.set(piece)
    return piece.length
  }
  write(node: MemNode, source: Uint8Array, offset: number | bigint) {
    const end = Number(offset) + source.length
    if (end > node.data.length) {
      const longer = new Uint8Array(end)
      longer.set(node.data)
      node.data = longer
    }
    node.data.set(source, Number(offset))
    return source.length
  }
  readdir(node: MemNode, offset: number | bigint): Dirent[] {
    const all: [string, MemNode][] = [['.', node], ['..', node.parent], ...node.children]
    return all
      .map(([name, child], i) => ({ name, offset: i + 1, type: 0, qid: this.qid(child) }))
      .slice(Number(offset))
  }
  list(node: MemNode, offset: number | bigint) {
    return this.readdir(node, Number(offset) + 2)
  }
  #make(dir: MemNode, name: string, mode: number) {
    if (!dir.children || (dir.mode & 0o170000) !== 0o040000) throw new P9Error(ENOTDIR)
    if (dir.children.has(name)) throw new P9Error(EEXIST)
    const made = this.node(mode, dir)
    dir.children.set(name, made)
    return this.retain(made)
  }
  create(dir: MemNode, name: string, _flags: number, mode: number) {
    const node = this.#make(dir, name, (mode & 0o7777) | 0o100000)
    node.opens++
    return { node, handle: node }
  }
  mkdir(dir: MemNode, name: string, mode: number) {
    return this.#make(dir, name, (mode & 0o7777) | 0o040000)
  }
  symlink(dir: MemNode, name: string, target: string) {
    const node = this.#make(dir, name, 0o120777)
    node.target = target
    return node
  }
  readlink(node: MemNode) {
    return node.target
  }
  unlink(dir: MemNode, name: string) {
    if (!dir.children.delete(name)) throw new P9Error(ENOENT)
  }
  rename(oldDir: MemNode, oldName: string, newDir: MemNode, newName: string) {
    const node = oldDir.children.get(oldName)
    if (!node) throw new P9Error(ENOENT)
    oldDir.children.delete(oldName)
    newDir.children.set(newName, node)
    node.parent = newDir
  }
  remove(node: MemNode) {
    if (node.children.size > 0) throw new P9Error(ENOTEMPTY)
    for (const [name, child] of node.parent.children) {
      if (child === node) node.parent.children.delete(name)
    }
  }
  getxattr(node: MemNode, name: string) {
    const value = node.xattrs.get(name)
    if (!value) throw new P9Error(ENODATA)
    return value
  }
  listxattr(node: MemNode) {
    return [...node.xattrs.keys()]
  }
  setxattr(node: MemNode, name: string, value: Uint8Array) {
    node.xattrs.set(name, value)
  }
  removexattr(node: MemNode, name: string) {
    if (!node.xattrs.delete(name)) throw new P9Error(ENODATA)
  }
}
