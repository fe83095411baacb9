// Mounts: where a file system, or a part of one, is joined to the tree. (vfs)
// Linux struct mount.

import { MS_RDONLY } from '@tsvisor/abi'
import type { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import type { MountNamespace } from './mount-namespace.ts'
import type { VirtualFilesystem } from './virtual-filesystem.ts'

/** How much of one file system instance is in use, over all its mounts in all namespaces. */
export class MountedInstance {
  readonly #fs: FileSystem
  /** The one root dentry. */
  readonly root: Dentry
  /** Files that are open for writing. */
  writers = 0
  #mounts = 0
  #users = 0

  constructor(fs: FileSystem, root: Dentry) {
    this.#fs = fs
    this.root = root
  }
  get mounted(): boolean {
    return this.#mounts > 0
  }
  changeMounts(by: 1 | -1): void {
    this.#mounts += by
    if (by < 0) this.#releaseIfUnused()
  }
  changeUsers(by: 1 | -1): void {
    this.#users += by
    if (by < 0) this.#releaseIfUnused()
  }
  /** What is open keeps an unmounted file system alive. */
  #releaseIfUnused(): void {
    if (this.#mounts === 0 && this.#users === 0) this.#fs.release()
  }
}

/** No unique id is so small: it could be taken for an ordinary one. */
export const MNT_UNIQUE_ID_OFFSET = 2 ** 31

interface MountParts extends Pick<Mount, 'vfs' | 'id' | 'fs' | 'root' | 'flags' | 'source'> {
  readonly instance?: MountedInstance
}

export class Mount {
  readonly id: number
  readonly vfs: VirtualFilesystem
  readonly fs: FileSystem
  /** Root of what this mount shows: the fs root, or a subtree for bind mounts. */
  readonly root: Dentry
  /** Where it is mounted: undefined for the namespace root and after a detach. */
  parent: Mount | undefined
  mountPoint: Dentry | undefined
  /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_NOATIME, MS_NODIRATIME, MS_RELATIME, MS_NOSYMFOLLOW. */
  flags: number
  /** As in mountinfo. */
  source: string
  /** What is mounted on it, by mount point: at most one, since further ones stack on top of that. */
  readonly children = new Map<Dentry, Mount>()
  /** Where it is seen: undefined before it is mounted and after umount. */
  namespace: MountNamespace | undefined
  /** Its peer group: mounts between which events travel both ways. 0 unless it is shared. */
  groupId = 0
  /** The ring of its peer group. */
  nextPeer: Mount = this
  previousPeer: Mount = this
  /** Whose events it receives: all peers of one group have one master. */
  master: Mount | undefined
  /** Those that receive its events. */
  readonly slaves = new Set<Mount>()
  /** MS_UNBINDABLE. */
  unbindable = false
  /** Came with others from somewhere with other users: does not go alone, so as not to show what is below (MNT_LOCKED). */
  locked = false
  /** Of `flags`: what stays set for the same reason (MNT_LOCK_*). */
  lockedFlags = 0
  /** How access times are kept stays, too (MNT_LOCK_ATIME). */
  atimeLocked = false
  /** Open files: umount(2) without MNT_DETACH answers EBUSY. */
  #users = 0
  /** Files that are open for writing. */
  writers = 0
  /** Not used since umount2(2) with MNT_EXPIRE: with the next one it goes. */
  isExpired = false
  readonly #instance: MountedInstance | undefined

  constructor(parts: MountParts) {
    this.#instance = parts.instance
    this.vfs = parts.vfs
    this.id = parts.id
    this.fs = parts.fs
    this.root = parts.root
    this.flags = parts.flags
    this.source = parts.source
  }

  /** For statx(2) and statmount(2): never the same again. Ids are no more than 31 bits. */
  get uniqueId(): number {
    return MNT_UNIQUE_ID_OFFSET + this.id
  }
  hold(): void {
    this.#users++
    this.#instance?.changeUsers(1)
  }
  drop(): void {
    this.#users--
    this.isExpired = false
    this.#instance?.changeUsers(-1)
  }
  changeWriters(by: 1 | -1): void {
    this.writers += by
    if (this.#instance !== undefined) this.#instance.writers += by
  }
  /** By its own flags or those of the file system. */
  get isReadOnly(): boolean {
    return ((this.flags | (this.fs.superFlags ?? 0)) & MS_RDONLY) !== 0
  }
  get busy(): boolean {
    return this.#users > 0
  }
  /** What covers all of it. */
  get overmount(): Mount | undefined {
    return this.children.get(this.root)
  }

  /** Joins this mount to `parent` at `point`. */
  attach(parent: Mount, point: Dentry): void {
    this.parent = parent
    this.mountPoint = point
    parent.children.set(point, this)
    point.mountCount++
  }
  detach(): void {
    const { parent, mountPoint } = this
    if (parent === undefined || mountPoint === undefined) return
    parent.children.delete(mountPoint)
    mountPoint.mountCount--
    this.parent = undefined
    this.mountPoint = undefined
  }
  /** This mount and all below it: parents first, then in the order they were mounted. */
  *tree(): Generator<Mount> {
    const rest: Mount[] = [this]
    for (let mount = rest.pop(); mount; mount = rest.pop()) {
      yield mount
      const children = [...mount.children.values()]
      while (children.length > 0) rest.push(children.pop()!)
    }
  }
}
