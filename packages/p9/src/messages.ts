// Every message of 9P2000.L and of our extension, one declaration each. (p9)
// Codec, types, server interface, client calls and trace text derive from this table.
// Sources: Linux include/net/9p/9p.h and net/9p/client.c; diod's protocol.md.

import {
  type Body,
  data,
  type Field,
  type Fields,
  fid,
  flags,
  i64,
  mask,
  mode,
  sized,
  str,
  struct,
  u8,
  u16,
  u32,
  u64,
  type Value,
  vec,
} from './field.ts'
import { Reader, Writer } from './wire.ts'

/** Identifies a file on its server: `path` is unique, `type` the QT_* bits. */
export const qid = struct({ type: u8, version: u32, path: u64 })
export type Qid = Value<typeof qid>

const time = struct({ sec: i64, nsec: u64 })

const attr = {
  qid,
  mode,
  uid: u32,
  gid: u32,
  nlink: u64,
  rdev: u64,
  size: u64,
  blksize: u64,
  blocks: u64,
  atime: time,
  mtime: time,
  ctime: time,
  btime: time,
  gen: u64,
  dataVersion: u64,
}
/** Attributes: `mode` as st_mode, `rdev` as Linux's makedev, `blocks` of 512 bytes. */
const attributes = struct(attr)
export type Attr = Value<typeof attributes>

/** Bytes that attributes take, always. */
export const ATTR_SIZE = attributes.min

/** Attributes one after the other, as Rlistattr has them. */
export const packAttrs = (attrs: readonly (Attr | undefined)[]): Uint8Array => {
  const w = new Writer(new Uint8Array(attrs.length * ATTR_SIZE))
  for (const [index, attr] of attrs.entries()) {
    if (attr === undefined) continue
    w.at = index * ATTR_SIZE
    attributes.write(w, attr)
  }
  return w.bytes
}

/** Whether there are any at `index`: every file has a type, which the second byte of `mode` holds. */
export const isPacked = (packed: Uint8Array, index: number): boolean =>
  packed[index * ATTR_SIZE + qid.min + 1] !== 0

/** Those at `index` of packed ones. */
export const unpackAttr = (packed: Uint8Array, index: number): Attr =>
  attributes.read(new Reader().reset(packed, index * ATTR_SIZE, (index + 1) * ATTR_SIZE))

const dirent = struct({ qid, offset: u64, type: u8, name: str })
/** A directory entry; `offset` continues after it, `type` is DT_*. */
export type Dirent = Value<typeof dirent>

/** Bytes that a directory entry takes beside its name. */
export const DIRENT_SIZE = 13 + 8 + 1 + 2

const opened = { qid, iounit: u32 }
const lock = { type: u8, start: u64, length: u64, procId: u32, clientId: str }
const step = struct({ newfid: fid, name: str })
const make = { dfid: fid, newfid: fid, name: str, uid: u32, gid: u32 }

export interface Rpc<Q extends Fields, R extends Fields> {
  /** Type of the request; the reply's is one more. */
  readonly type: number
  readonly request: Field<Body<Q>>
  readonly reply: Field<Body<R>>
}

const rpc = <Q extends Fields, R extends Fields>(
  type: number,
  request: Q,
  reply: R,
): Rpc<Q, R> => ({
  type,
  request: struct(request),
  reply: struct(reply),
})

export const messages = {
  /** Only its reply (7) exists: what every failed request is answered with. */
  lerror: rpc(6, {}, { ecode: u32 }),
  statfs: rpc(
    8,
    { fid },
    {
      type: u32,
      bsize: u32,
      blocks: u64,
      bfree: u64,
      bavail: u64,
      files: u64,
      ffree: u64,
      fsid: u64,
      namelen: u32,
    },
  ),
  lopen: rpc(12, { fid, flags }, opened),
  lcreate: rpc(14, { fid, name: str, flags, mode, gid: u32 }, opened),
  symlink: rpc(16, { dfid: fid, name: str, target: str, gid: u32 }, { qid }),
  mknod: rpc(18, { dfid: fid, name: str, mode, major: u32, minor: u32, gid: u32 }, { qid }),
  rename: rpc(20, { fid, dfid: fid, name: str }, {}),
  readlink: rpc(22, { fid }, { target: str }),
  getattr: rpc(24, { fid, mask }, { valid: mask, ...attr }),
  setattr: rpc(
    26,
    { fid, valid: flags, mode, uid: u32, gid: u32, size: u64, atime: time, mtime: time },
    {},
  ),
  xattrwalk: rpc(30, { fid, newfid: fid, name: str }, { size: u64 }),
  xattrcreate: rpc(32, { fid, name: str, size: u64, flags }, {}),
  readdir: rpc(40, { fid, offset: u64, count: u32 }, { entries: sized(dirent) }),
  fsync: rpc(50, { fid, datasync: u32 }, {}),
  lock: rpc(
    52,
    { fid, type: u8, flags, start: u64, length: u64, procId: u32, clientId: str },
    { status: u8 },
  ),
  getlock: rpc(54, { fid, ...lock }, lock),
  link: rpc(70, { dfid: fid, fid, name: str }, {}),
  mkdir: rpc(72, { dfid: fid, name: str, mode, gid: u32 }, { qid }),
  renameat: rpc(74, { olddfid: fid, oldname: str, newdfid: fid, newname: str }, {}),
  unlinkat: rpc(76, { dfid: fid, name: str, flags }, {}),
  version: rpc(100, { msize: u32, version: str }, { msize: u32, version: str }),
  auth: rpc(102, { afid: fid, uname: str, aname: str, uid: u32 }, { qid }),
  attach: rpc(104, { fid, afid: fid, uname: str, aname: str, uid: u32 }, { qid }),
  flush: rpc(108, { oldtag: u16 }, {}),
  walk: rpc(110, { fid, newfid: fid, wname: vec(str) }, { wqid: vec(qid) }),
  read: rpc(116, { fid, offset: u64, count: u32 }, { data }),
  write: rpc(118, { fid, offset: u64, data }, { count: u32 }),
  clunk: rpc(120, { fid }, {}),
  remove: rpc(122, { fid }, {}),

  // The extension: valid after both sides agreed on version "9P2000.L.tsvisor.1".

  /**
   * Walks down; each name reached gets its fid, unopened, and answers with its attributes. `ecode` is
   * why it went no further, 0 if it reached all: an error of the first step is an lerror.
   */
  walkattr: rpc(200, { fid, steps: vec(step) }, { entries: vec(attributes), ecode: u32 }),
  /** Clunks all of them; unknown ones are passed over. */
  clunkall: rpc(202, { fids: vec(fid) }, {}),
  /** Opens the file and passes the descriptor beside the reply; the fid stays unopened. */
  openfd: rpc(204, { fid, flags }, {}),
  /** Creates and opens a file; the descriptor is passed, `newfid` is the unopened file. */
  createfd: rpc(206, { ...make, flags, mode }, { attr: attributes }),
  mkdirattr: rpc(208, { ...make, mode }, { attr: attributes }),
  symlinkattr: rpc(210, { ...make, target: str }, { attr: attributes }),
  mknodattr: rpc(212, { ...make, mode, major: u32, minor: u32 }, { attr: attributes }),
  /**
   * readdir of an unopened directory. As many entries as fit `count`: an answer with room for one
   * more of the longest name (255 bytes) says that there is none.
   */
  list: rpc(214, { fid, offset: u64, count: u32 }, { entries: sized(dirent) }),
  getxattr: rpc(216, { fid, name: str }, { value: data }),
  setxattr: rpc(218, { fid, name: str, value: data, flags }, {}),
  listxattr: rpc(220, { fid }, { names: vec(str) }),
  removexattr: rpc(222, { fid, name: str }, {}),
  /**
   * walkattr and, if all of it was reached, list of the last. `attrs` holds the attributes of the
   * entries in order, 145 bytes each, which `count` includes; 0 where they are not known, or not
   * wanted: `wanted` 0 is those of all entries, 1 those of directories.
   */
  listattr: rpc(
    224,
    { fid, steps: vec(step), offset: u64, count: u32, wanted: u8 },
    { reached: vec(attributes), entries: sized(dirent), attrs: data },
  ),
  /**
   * Opens files of a directory; an errno for each name, 0 for those whose descriptors are passed,
   * in order. 64 names at most.
   */
  openfds: rpc(226, { fid, flags, names: vec(str) }, { results: vec(u32) }),
  /** renameat of both at once: each name gets the other's file. */
  exchange: rpc(228, { olddfid: fid, oldname: str, newdfid: fid, newname: str }, {}),
  /** createfd of a file without a name in a directory; with O_EXCL it never gets one by link. */
  tmpfilefd: rpc(
    230,
    { dfid: fid, newfid: fid, uid: u32, gid: u32, flags, mode },
    { attr: attributes },
  ),
}

export type MessageTable = typeof messages
export type MessageName = keyof MessageTable
export type Request<K extends MessageName> = Value<MessageTable[K]['request']>
export type Reply<K extends MessageName> = Value<MessageTable[K]['reply']>

/** Names by request type. */
export const nameOfType: readonly (MessageName | undefined)[] = (() => {
  const names: (MessageName | undefined)[] = new Array(256).fill(undefined)
  for (const name of Object.keys(messages) as MessageName[]) names[messages[name].type] = name
  return names
})()

/** Requests from this type on belong to the extension. */
export const FIRST_EXTENSION_TYPE = 200
