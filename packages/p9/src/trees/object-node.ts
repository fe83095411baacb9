// Nodes of a synthetic file system: an entry and its place. (p9)

import { qidType, S_IFDIR, S_IFLNK, S_IFREG } from '../constants.ts'
import type { Attr, Qid } from '../messages.ts'
import { encodeText } from '../text.ts'
import {
  type Content,
  type Entry,
  FileEntry,
  type FileFunctions,
  fileFunctions,
  isFile,
  SymlinkEntry,
} from './entries.ts'

export interface ObjectNode {
  readonly entry: Entry
  readonly parent: ObjectNode
  readonly name: string
  readonly mode: number
  readonly qid: Qid
}

export const contentBytes = (content: Content): Uint8Array =>
  typeof content === 'string' ? encodeText(content) : content

const fileMode = (entry: Entry, { read, readAt, write, mode }: FileFunctions): number => {
  if (mode !== undefined) return mode & 0o7777
  return (read || readAt || !(entry instanceof FileEntry) ? 0o444 : 0) | (write ? 0o200 : 0)
}

const modeOf = (entry: Entry): number => {
  if (isFile(entry)) return S_IFREG | fileMode(entry, fileFunctions(entry))
  return entry instanceof SymlinkEntry ? S_IFLNK | 0o777 : S_IFDIR | 0o755
}

const LOW = 0x1f_ffff

/** A number for a name in a directory, the same each time. FNV-1a, twice, for 53 bits. */
const pathOf = (parent: number, name: string): number => {
  let low = 0x811c9dc5 ^ parent
  let high = 0x9747b28c ^ (parent / 0x1_0000_0000)
  for (let i = 0; i < name.length; i++) {
    low = Math.imul(low ^ name.charCodeAt(i), 0x01000193)
    high = Math.imul(high ^ name.charCodeAt(i), 0x85ebca6b)
  }
  return (high & LOW) * 0x1_0000_0000 + (low >>> 0)
}

/** `name` as a byte string. Without a parent it is the root. */
export const objectNode = (
  entry: Entry,
  parent: ObjectNode | undefined,
  name: string,
): ObjectNode => {
  const mode = modeOf(entry)
  const path = parent === undefined ? 1 : pathOf(Number(parent.qid.path), name)
  const node = { entry, name, mode, qid: { type: qidType(mode), version: 0, path } }
  const made = node as unknown as ObjectNode & { parent: ObjectNode }
  made.parent = parent ?? made
  return made
}

const sizeOf = ({ entry }: ObjectNode): number => {
  if (entry instanceof FileEntry) return entry.functions.size?.() ?? 0
  if (typeof entry === 'string' || entry instanceof Uint8Array) return contentBytes(entry).length
  return entry instanceof SymlinkEntry ? encodeText(entry.target).length : 0
}

export const objectAttr = (node: ObjectNode, timeMs: number): Attr => {
  const size = sizeOf(node)
  const time = { sec: Math.floor(timeMs / 1000), nsec: Math.floor(timeMs % 1000) * 1e6 }
  return {
    qid: node.qid,
    mode: node.mode,
    uid: 0,
    gid: 0,
    nlink: 1,
    rdev: 0,
    size,
    blksize: 4096,
    blocks: Math.ceil(size / 512),
    atime: time,
    mtime: time,
    ctime: time,
    btime: { sec: 0, nsec: 0 },
    gen: 0,
    dataVersion: 0,
  }
}
