// What fs/gofer needs of a file server: a synchronous client of files by handle. (fs/gofer, pure)
// @tsvisor/runsc adapts @tsvisor/p9's client to it. Names and paths are byte strings: one character
// (0…255) per byte, so that names that are not UTF-8 survive. Errors are thrown Errno constants.

import type { Errno } from '@tsvisor/abi'
import type { HostFile, Time } from '../../platform/host.ts'

/** A 64-bit number of the server: a bigint only where a double does not hold it exactly. */
export type RemoteNumber = number | bigint

/** Attributes as Rgetattr carries them. Sizes in bytes, `blocks` of 512. */
export interface RemoteAttr {
  readonly ino: RemoteNumber
  /** File type and permission bits, as st_mode. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly rdev: number
  readonly size: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: Time
  readonly mtime: Time
  readonly ctime: Time
  readonly btime: Time | undefined
}

/** Changes; absent fields stay. 'now' is the server's time. */
export interface RemoteSetAttr {
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly size?: number
  readonly atime?: Time | 'now'
  readonly mtime?: Time | 'now'
}

export interface RemoteEntry {
  readonly node: RemoteNode
  readonly attr: RemoteAttr
}

/** What a walk reached: an entry for each name, fewer where the way ended early. */
export interface RemoteWay {
  readonly reached: readonly RemoteEntry[]
  /** Why it ended early; undefined when it did not. */
  readonly stopped: Errno | undefined
}

export interface RemoteDirent {
  readonly name: string
  readonly ino: RemoteNumber
  /** DT_* */
  readonly type: number
  /** Cookie to continue after this entry. */
  readonly offset: RemoteNumber
  /** At the time of the listing; undefined where they were not asked for, or the server could not tell. */
  readonly attrs: PackedAttr | undefined
}

/** Attributes that few will ask for. */
export interface PackedAttr {
  unpack(): RemoteAttr
}

/** Whose attributes a listing has. */
export type Detail = 'all' | 'directories'

/** Some of a directory's entries, without "." and "..". */
export interface RemoteListing {
  readonly entries: readonly RemoteDirent[]
  /** The directory ends here. */
  readonly last: boolean
}

export interface RemoteStatFs {
  readonly type: number
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
  readonly fsid: bigint
  readonly namelen: number
}

/** A file or directory that the server has open by handle, not by path: renames do not disturb it. */
export interface RemoteNode {
  /** Walks down. A name that is missing or no directory ends it; it never follows symlinks. */
  walk(names: readonly string[]): RemoteWay
  getattr(): RemoteAttr
  setattr(change: RemoteSetAttr): void
  /** Opens a regular file (or what policy allows) with Linux open flags; no O_CREAT. */
  open(flags: number): HostFile
  /** Opens regular files of this directory for reading: for each of 64 names at most, a file or why not. */
  openChildren(names: readonly string[]): (HostFile | Errno)[]
  /** Creates and opens a regular file. EEXIST if the name exists. */
  create(
    name: string,
    flags: number,
    mode: number,
    uid: number,
    gid: number,
  ): RemoteEntry & { file: HostFile }
  /** Makes and opens a regular file without a name in this directory; with O_EXCL it never gets one. */
  createTemporary(
    flags: number,
    mode: number,
    uid: number,
    gid: number,
  ): RemoteEntry & { file: HostFile }
  mkdir(name: string, mode: number, uid: number, gid: number): RemoteEntry
  symlink(name: string, target: string, uid: number, gid: number): RemoteEntry
  mknod(name: string, mode: number, rdev: number, uid: number, gid: number): RemoteEntry
  link(target: RemoteNode, name: string): void
  unlink(name: string): void
  rmdir(name: string): void
  /** Linux rename: replaces an existing target. */
  rename(oldName: string, newDirectory: RemoteNode, newName: string): void
  /** Linux RENAME_EXCHANGE. */
  exchange(oldName: string, newDirectory: RemoteNode, newName: string): void
  readlink(): string
  /**
   * Walks down, as `walk`, and lists the directory reached from `offset` (0: the start). `size`:
   * what a reply may hold, some dozen entries or as many as fit. Without entries where the way
   * ended early.
   */
  list(
    names: readonly string[],
    offset: RemoteNumber,
    size: 'small' | 'large',
    attrs: Detail,
  ): RemoteListing & { readonly reached: readonly RemoteEntry[] }
  statfs(): RemoteStatFs
  getxattr(name: string): Uint8Array
  listxattr(): string[]
  setxattr(name: string, value: Uint8Array, flags: number): void
  removexattr(name: string): void
  fsync(dataOnly: boolean): void
  /** Forgets the handle. Queued: may travel with a later request. */
  clunk(): void
}

/** One attach point of a file server. */
export interface RemoteFs {
  attach(): RemoteEntry
}
