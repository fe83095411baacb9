// A file system served from outside the sandbox, through RemoteFs. (fs/gofer)
// gVisor's counterpart: pkg/sentry/fsimpl/gofer.

import type { FileSystem, NameCaching, StatFs } from '../../vfs/inode.ts'
import { GoferInode } from './gofer-inode.ts'
import { ListingHabit } from './listing-habit.ts'
import { OpenFiles } from './open-files.ts'
import type { RemoteAttr, RemoteEntry, RemoteFs, RemoteNumber } from './remote.ts'
import type { RemoteFile } from './remote-file.ts'

/**
 * `exclusive`: only this kernel changes the files, so names and attributes are believed once
 * fetched. `shared`: others change them too; names and attributes are asked for again.
 */
export type FileAccess = 'exclusive' | 'shared'

export interface GoferOptions {
  readonly access: FileAccess
  /** st_dev of the instance. */
  readonly dev: number
  /** For mountinfo: the path of what is served, where it is a part of something. */
  readonly rootName?: string
  /** Handles kept on the server at most; the least recently used are given back. */
  readonly maxHandles?: number
  /** Shared with other instances: bounds the host files kept open. */
  readonly openFiles?: OpenFiles
}

const DEFAULT_MAX_HANDLES = 16_384

/** One attach point. */
export class GoferFs implements FileSystem {
  readonly type = '9p'
  readonly dev: number
  readonly access: FileAccess
  readonly rootName?: string
  readonly caching: NameCaching
  readonly listing = new ListingHabit()
  readonly root: RemoteFile
  /** Inodes with a live handle, by server inode number; least recently used first. */
  readonly #live = new Map<RemoteNumber, RemoteFile>()
  readonly #maxHandles: number
  readonly openFiles: OpenFiles

  constructor(remote: RemoteFs, options: GoferOptions) {
    this.dev = options.dev
    this.access = options.access
    if (options.rootName !== undefined) this.rootName = options.rootName
    this.caching = options.access === 'exclusive' ? 'always' : 'revalidate'
    this.openFiles = options.openFiles ?? new OpenFiles()
    this.#maxHandles = options.maxHandles ?? DEFAULT_MAX_HANDLES
    this.root = this.inodeFor(remote.attach(), undefined, '')
    this.root.pin()
  }

  /**
   * The inode of an entry fetched from the server: the known one (hard links, walks that met
   * before), whose extra handle is given back, or a new one.
   */
  inodeFor(entry: RemoteEntry, parent: RemoteFile | undefined, name: string): RemoteFile {
    const known = this.#live.get(entry.attr.ino)
    if (known?.sameFile(entry.attr)) {
      if (known.node !== entry.node) entry.node.clunk()
      known.refresh(entry.attr)
      if (parent !== undefined) known.foundAt(parent, name)
      this.touch(known)
      return known
    }
    const inode = new GoferInode(this, entry.attr, parent, name)
    inode.node = entry.node
    this.adopt(inode)
    return inode
  }

  /** The inode of a name whose attributes are known from a listing: it needs no handle as yet. */
  inodeKnown(attr: RemoteAttr, parent: RemoteFile, name: string): RemoteFile {
    const live = this.#live.get(attr.ino)
    if (live?.sameFile(attr)) return live
    return new GoferInode(this, attr, parent, name)
  }

  /** Records that `inode` has a handle, and gives back the oldest ones beyond the limit. */
  adopt(inode: RemoteFile): void {
    this.#live.delete(inode.remoteIno)
    this.#live.set(inode.remoteIno, inode)
    if (this.#live.size <= this.#maxHandles) return
    let excess = this.#live.size - this.#maxHandles + (this.#maxHandles >> 4)
    for (const old of this.#live.values()) {
      if (excess-- <= 0) break
      if (old !== inode && old.giveBack()) this.#live.delete(old.remoteIno)
    }
  }

  /** Moves to the young end. */
  touch(inode: RemoteFile): void {
    if (this.#live.delete(inode.remoteIno)) this.#live.set(inode.remoteIno, inode)
  }

  /** The last name is gone: its number may be reused by another file. */
  forget(inode: RemoteFile): void {
    if (this.#live.get(inode.remoteIno) === inode) this.#live.delete(inode.remoteIno)
  }

  /** Others may have changed any of the files until now; names that are cached are the caller's. */
  distrust(): void {
    for (const inode of this.#live.values()) inode.distrust()
  }

  statfs(): StatFs {
    return this.root.handle().statfs()
  }

  options(): readonly string[] {
    return this.access === 'shared' ? ['cache=none'] : []
  }

  release(): void {
    for (const inode of this.#live.values()) inode.discard()
    this.#live.clear()
  }
}
