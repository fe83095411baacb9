// Serves JavaScript objects and functions as files. (p9)

import { type Awaitable, mapped } from '../awaitable.ts'
import { QT_DIR, S_IFMT } from '../constants.ts'
import { EACCES, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EPERM, P9Error } from '../errno.ts'
import {
  type Attr,
  DIRENT_SIZE,
  type Dirent,
  type Qid,
  type Reply,
  type Request,
} from '../messages.ts'
import type { AttachRequest } from '../server/file-tree.ts'
import type { ServedTree } from '../server/served-tree.ts'
import type { Operation } from '../signal.ts'
import { fromByteString, toByteString } from '../text.ts'
import type { Wide } from '../wire.ts'
import {
  DirectoryEntryFunctions,
  type DirectoryFunctions,
  directoryFunctions,
  type Entry,
  type FileFunctions,
  fileFunctions,
  isFile,
  SymlinkEntry,
} from './entries.ts'
import { contentBytes, type ObjectNode, objectAttr, objectNode } from './object-node.ts'

export interface ObjectTreeOptions {
  /** Milliseconds since 1970 that all files show as their times; default 0. */
  readonly timeMs?: number
}

export interface OpenObject {
  readonly node: ObjectNode
  /** Of the first read. */
  content: Awaitable<Uint8Array> | undefined
  /** Of a directory. */
  names: Awaitable<readonly string[]> | undefined
}

const V9FS_MAGIC = 0x01021997
const O_ACCMODE = 3
const O_WRONLY = 1
const SETATTR_SIZE = 8
const TIMES = 0x1f0
const DT_UNKNOWN = 0

const folder = (node: ObjectNode): DirectoryFunctions => {
  const { entry } = node
  if (isFile(entry) || entry instanceof SymlinkEntry) throw new P9Error(ENOTDIR, node.name)
  return directoryFunctions(entry)
}

const functionsOf = ({ entry }: ObjectNode): FileFunctions => {
  if (isFile(entry)) return fileFunctions(entry)
  throw new P9Error(entry instanceof SymlinkEntry ? EINVAL : EISDIR)
}

/** The tree of an object: its properties are the files of the root directory. */
export class ObjectTree implements ServedTree<ObjectNode, OpenObject> {
  readonly #root: ObjectNode
  readonly #timeMs: number

  constructor(root: Entry, options: ObjectTreeOptions = {}) {
    this.#root = objectNode(root, undefined, '')
    this.#timeMs = options.timeMs ?? 0
  }

  attach(_request: AttachRequest): ObjectNode {
    return this.#root
  }
  qid(node: ObjectNode): Qid {
    return node.qid
  }
  parent(node: ObjectNode): ObjectNode {
    return node.parent
  }
  retain(node: ObjectNode): ObjectNode {
    return node
  }
  release(): void {
    // Nothing to do: what nobody refers to is collected.
  }
  getattr(node: ObjectNode): Attr {
    return objectAttr(node, this.#timeMs)
  }

  walk(dir: ObjectNode, name: string): Awaitable<ObjectNode> {
    return mapped(folder(dir).get(fromByteString(name)), entry => {
      if (entry === undefined) throw new P9Error(ENOENT, name)
      return objectNode(entry, dir, name)
    })
  }

  open(node: ObjectNode, flags: number): OpenObject {
    const opened = { node, content: undefined, names: undefined }
    const access = flags & O_ACCMODE
    if (node.qid.type === QT_DIR) {
      if (access !== 0) throw new P9Error(EISDIR)
      return opened
    }
    if (node.entry instanceof SymlinkEntry) throw new P9Error(ELOOP)
    const { read, readAt, write } = functionsOf(node)
    if (access !== 0 && write === undefined) throw new P9Error(EACCES, 'read-only')
    if (access !== O_WRONLY && !read && !readAt) throw new P9Error(EACCES, 'write-only')
    return opened
  }
  close(): void {
    // The handle is all there was.
  }

  read(
    handle: OpenObject,
    target: Uint8Array,
    offset: Wide,
    operation: Operation,
  ): Awaitable<number> {
    const { read, readAt } = functionsOf(handle.node)
    const at = Number(offset)
    const copy = (bytes: Uint8Array): number => {
      const piece = bytes.subarray(0, target.length)
      target.set(piece)
      return piece.length
    }
    if (readAt !== undefined) {
      const some = readAt(target.length, lazily(operation, at))
      return mapped(some, content => copy(contentBytes(content)))
    }
    if (read === undefined) throw new P9Error(EACCES, 'write-only')
    handle.content ??= mapped(read(lazily(operation, at)), contentBytes)
    return mapped(handle.content, bytes => copy(bytes.subarray(at)))
  }

  write(
    { node }: OpenObject,
    source: Uint8Array,
    offset: Wide,
    operation: Operation,
  ): Awaitable<number> {
    const { write } = functionsOf(node)
    if (write === undefined) throw new P9Error(EACCES, 'read-only')
    // The function may keep what it gets.
    const written = write(new Uint8Array(source), lazily(operation, Number(offset)))
    return mapped(written, () => source.length)
  }

  readdir(handle: OpenObject, offset: Wide, room: number): Awaitable<Dirent[]> {
    const { node } = handle
    if (offset === 0 || handle.names === undefined) {
      handle.names = mapped(folder(node).list(), names => [...names].map(toByteString))
    }
    return mapped(handle.names, names => listed(node, names, Number(offset), room))
  }

  create(dir: ObjectNode, name: string): Awaitable<{ node: ObjectNode; handle: OpenObject }> {
    const { create } = folder(dir)
    if (create === undefined) throw new P9Error(EPERM, 'no files are made here')
    return mapped(create(fromByteString(name)), entry => {
      const node = objectNode(entry, dir, name)
      return { node, handle: { node, content: undefined, names: undefined } }
    })
  }
  mkdir(dir: ObjectNode, name: string): Awaitable<ObjectNode> {
    const { mkdir } = folder(dir)
    if (mkdir === undefined) throw new P9Error(EPERM, 'no directories are made here')
    return mapped(mkdir(fromByteString(name)), entry => objectNode(entry, dir, name))
  }
  unlink(dir: ObjectNode, name: string): Awaitable<void> {
    const { remove } = folder(dir)
    if (remove === undefined) throw new P9Error(EPERM, 'nothing is removed here')
    return remove(fromByteString(name))
  }
  rmdir(dir: ObjectNode, name: string): Awaitable<void> {
    return this.unlink(dir, name)
  }

  readlink({ entry }: ObjectNode): string {
    if (entry instanceof SymlinkEntry) return toByteString(entry.target)
    throw new P9Error(EINVAL)
  }

  /** A shell truncates before it writes, and touch sets times: both mean nothing here. */
  setattr(node: ObjectNode, { valid }: Request<'setattr'>): void {
    if (valid & ~(SETATTR_SIZE | TIMES)) throw new P9Error(EPERM)
    if (valid & SETATTR_SIZE && functionsOf(node).write === undefined) {
      throw new P9Error(EACCES, 'read-only')
    }
  }

  statfs(): Reply<'statfs'> {
    const none = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0, fsid: 0 }
    return { type: V9FS_MAGIC, bsize: 4096, ...none, namelen: 255 }
  }
}

/** The signal is made when somebody looks at it. */
const lazily = (operation: Operation, offset: number) => ({
  offset,
  get signal() {
    return operation.signal
  },
})

/** The types of children are not looked up: each could be a call. */
const listed = (
  node: ObjectNode,
  names: readonly string[],
  offset: number,
  room: number,
): Dirent[] => {
  const all = ['.', '..', ...names]
  const entries: Dirent[] = []
  let left = room
  for (let i = offset; i < all.length && left > 0; i++) {
    const name = all[i]!
    left -= DIRENT_SIZE + name.length
    entries.push({ offset: i + 1, name, ...shown(node, name) })
  }
  return entries
}

const shown = (node: ObjectNode, name: string): { qid: Qid; type: number } => {
  if (name === '.') return { qid: node.qid, type: 4 }
  if (name === '..') return { qid: node.parent.qid, type: 4 }
  const isMadeByFunctions = node.entry instanceof DirectoryEntryFunctions
  const child = isMadeByFunctions ? undefined : folder(node).get(fromByteString(name))
  if (child === undefined) return { qid: objectNode('', node, name).qid, type: DT_UNKNOWN }
  const { qid, mode } = objectNode(child as Entry, node, name)
  return { qid, type: (mode & S_IFMT) >> 12 }
}
