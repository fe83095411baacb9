// Mount namespaces: the mounts that a group of tasks sees, and how they change. (vfs)
// Linux fs/namespace.c.

import {
  EBUSY,
  EINVAL,
  ELOOP,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  MS_RELATIME,
  POLLERR,
  POLLPRI,
  S_IFDIR,
} from '@tsvisor/abi'
import { UserNamespace } from '../task/user-namespace.ts'
import { WaitQueue } from '../wait-queue.ts'
import type { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import { hidesPlaces, lockTree } from './locked-mounts.ts'
import type { Mount } from './mount.ts'
import { copyMount, copyTree, directoryAt, forgetMount, newMount } from './mount-copy.ts'
import { lookupChild } from './namei.ts'
import type { Path } from './path.ts'
import { makePrivate, makeShared, receivers } from './peers.ts'
import { type Copy, propagatedCopies, propagatedUnmounts, receivesAt } from './propagation.ts'
import type { VirtualFilesystem } from './virtual-filesystem.ts'

/** Linux's mnt_namespace. */
export class MountNamespace {
  root: Mount
  /** Notified with POLLERR|POLLPRI when the table changes: poll(2) of /proc/PID/mounts. */
  readonly changed = new WaitQueue()
  /** Counts the changes. */
  changes = 0
  /** Made by open_tree(2) or fsmount(2), for what is not in the tree yet. */
  readonly isAnonymous: boolean
  readonly vfs: VirtualFilesystem
  readonly userNamespace: UserNamespace
  /** In which order they were made, and its number for others; what is nowhere yet counts as where it was made. */
  readonly born: number
  #users = 1
  #gone = false
  #count = 0

  private constructor(root: Mount, userNamespace: UserNamespace, maker?: MountNamespace) {
    this.root = root
    this.userNamespace = userNamespace
    this.isAnonymous = maker !== undefined
    this.vfs = root.vfs
    this.born = maker === undefined ? this.vfs.nextNamespace() : maker.born
    this.#adopt(root)
  }

  /** A namespace that shows `rootFs` at "/". */
  static create(vfs: VirtualFilesystem, rootFs: FileSystem): MountNamespace {
    return new MountNamespace(newMount(vfs, rootFs, MS_RELATIME, 'none'), UserNamespace.FIRST)
  }
  /** A namespace for a tree that is nowhere yet. */
  detached(root: Mount): MountNamespace {
    return new MountNamespace(root, this.userNamespace, this)
  }

  /** "/" as an initial task's root and working directory. */
  get rootPath(): Path {
    return this.top({ mount: this.root, dentry: this.root.root })
  }

  /** The table changed, or the flags of a mount. */
  noteChange(): void {
    this.changes++
    this.changed.notify(POLLERR | POLLPRI)
  }

  /** Errors: EINVAL once it is gone. */
  share(): this {
    if (this.#gone) throw EINVAL
    this.#users++
    return this
  }
  /** One user fewer. */
  drop(): void {
    this.#users--
    this.releaseIfUnused()
  }
  /** Set by its file in nsfs: whether a mount of that keeps it although nobody is in it. */
  isMounted = (): boolean => false
  /** Unmounts everything when nobody is left to see it. */
  releaseIfUnused(): void {
    if (this.#users > 0 || this.#gone || this.isMounted()) return
    this.#gone = true
    unmount(new Set(this.root.tree()))
  }

  /** All mounts, parents before children. */
  mounts(): Iterable<Mount> {
    return this.root.tree()
  }

  /** What covers a place: the root of the topmost mount on it, or the place itself. */
  top(place: Path): Path {
    let { mount, dentry } = place
    for (;;) {
      const above = dentry.mountCount > 0 ? mount.children.get(dentry) : undefined
      if (above === undefined) return { mount, dentry }
      mount = above
      dentry = above.root
    }
  }

  /**
   * Mounts `fs` at an absolute path without symbolic links, for building a tree before there are
   * tasks. `flags` are MS_* per-mount flags. Errors: ENOENT, ENOTDIR, ELOOP.
   */
  mount(path: string, fs: FileSystem, flags: number, source: string): Mount {
    return this.mountAt(this.find(path), fs, flags, source)
  }
  /** The place of an absolute path without symbolic links. Errors: ENOENT, ENOTDIR, ELOOP. */
  find(path: string): Path {
    let place = this.rootPath
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue
      if (name === '..') throw EINVAL
      const directory = place.dentry.inode!
      if (directory.type !== S_IFDIR) throw directory.type === 0o120000 ? ELOOP : ENOTDIR
      const child = lookupChild(place.dentry, name)
      if (child.inode === undefined) throw ENOENT
      place = this.top({ mount: place.mount, dentry: child })
    }
    return place
  }

  /** Mounts `fs`, from its directory `start` on, over a place. Errors: ENOTDIR, ENOENT, ENOSPC. */
  mountAt(place: Path, fs: FileSystem, flags: number, source: string, start = '/'): Mount {
    return this.graft(newMount(this.vfs, fs, flags, source, directoryAt(fs, start)), place)
  }

  /**
   * MS_BIND: shows the tree at `from` at `place` too; `recursive` with what is mounted in it.
   * Errors: EINVAL (unbindable), those of graft.
   */
  bind(from: Path, place: Path, depth: 'single' | 'recursive'): Mount {
    return this.graft(copyForBind(from, depth), place)
  }

  /**
   * MS_MOVE. Errors: EINVAL (no mount root, the namespace root, locked, out of a shared mount,
   * something unbindable into one), ELOOP (into itself), ENOSPC.
   */
  move(from: Path, place: Path): void {
    const { mount } = from
    if (from.dentry !== mount.root || mount.parent === undefined || mount.locked) throw EINVAL
    if (mount.parent.groupId !== 0) throw EINVAL
    this.#checkMove(mount, place)
    this.#attach(mount, place)
  }

  /**
   * Mounts a tree that is in no namespace; forgets it where that fails. Errors: EINVAL (files of
   * mount namespaces that have no place here), ENOTDIR, ENOENT, ENOSPC.
   */
  graft(mount: Mount, place: Path): Mount {
    try {
      if (!this.#mayKeep(mount)) throw EINVAL
      if (isDirectory(mount.root) !== isDirectory(place.dentry)) throw ENOTDIR
      if (place.dentry.unlinked) throw ENOENT
      this.#attach(mount, place)
    } catch (error) {
      for (const each of [...mount.tree()]) forgetMount(each)
      throw error
    }
    return mount
  }

  /** Moves the tree of an anonymous namespace here. Errors: EINVAL, ELOOP, ENOENT, ENOSPC. */
  take(from: MountNamespace, place: Path): void {
    this.#checkMove(from.root, place)
    if (place.dentry.unlinked) throw ENOENT
    this.#attach(from.root, place)
  }

  /** attach_recursive_mnt: `source` goes to `place`, and copies to all that hear of it. Errors: ENOSPC. */
  #attach(source: Mount, place: Path): void {
    const { mount: parent, dentry: point } = place
    const isShared = parent.groupId !== 0
    checkRoom(source, parent, point)
    if (isShared) for (const mount of source.tree()) makeShared(mount)
    const copies: Copy[] = isShared ? propagatedCopies(parent, point, source) : []
    source.detach()
    pinned(point)
    const changed = new Set<MountNamespace>([this])
    for (const { mount, parent: above } of [{ mount: source, parent }, ...copies]) {
      const namespace = above.namespace!
      if (mount !== source) {
        if (namespace.userNamespace !== this.userNamespace) lockTree(mount)
        mount.locked = false
      }
      namespace.#adopt(mount)
      attachBelow(mount, above, point)
      changed.add(namespace)
    }
    for (const namespace of changed) namespace.noteChange()
  }

  /** A mounted namespace is kept: younger ones only, so that none keeps itself (mnt_ns_loop). */
  #mayKeep(tree: Mount): boolean {
    for (const { root } of tree.tree()) {
      const kept = root.inode?.mountNamespace
      if (kept !== undefined && kept.born <= this.born) return false
    }
    return true
  }
  /** Errors: EINVAL, ELOOP. */
  #checkMove(mount: Mount, place: Path): void {
    if (isDirectory(mount.root) !== isDirectory(place.dentry)) throw EINVAL
    if (place.mount.groupId !== 0)
      for (const each of mount.tree()) if (each.unbindable) throw EINVAL
    if (!this.#mayKeep(mount)) throw ELOOP
    for (let at: Mount | undefined = place.mount; at; at = at.parent) if (at === mount) throw ELOOP
  }

  #adopt(top: Mount): void {
    for (const mount of top.tree()) {
      if (mount.namespace === this) continue
      if (mount.namespace !== undefined) mount.namespace.#count--
      mount.namespace = this
      this.#count++
    }
  }

  /** Whether that many more may be mounted. */
  hasRoom(more: number): boolean {
    return this.#count + more <= this.vfs.mountMax
  }

  /** `mount` is gone from the tree. */
  removed(): void {
    this.#count--
  }

  /**
   * umount2(2), and what it does elsewhere. 'lazy' takes the whole tree out of sight at once; what is
   * open keeps working. Errors: EINVAL (no mount root, locked), EBUSY (in use, or with mounts on it).
   */
  unmount(place: Path, how: 'now' | 'lazy', isUsed: (mount: Mount) => boolean): void {
    const { mount } = place
    if (place.dentry !== mount.root || mount.locked) throw EINVAL
    if (mount.parent === undefined) throw how === 'lazy' ? EINVAL : EBUSY
    if (how === 'now' && isBusy(mount, isUsed)) throw EBUSY
    const set = new Set(mount.tree())
    unmount(new Set([...set, ...propagatedUnmounts(set)]))
  }

  /** pivot_root(2): `newRoot` becomes the root, the old root moves to `putOld`, at or below it. */
  pivot(root: Path, newRoot: Path, putOld: Path): void {
    if (newRoot.mount === root.mount || putOld.mount === root.mount) throw EBUSY
    if (root.dentry !== root.mount.root || newRoot.dentry !== newRoot.mount.root) throw EINVAL
    if (newRoot.mount.parent === undefined || newRoot.mount.locked) throw EINVAL
    const around = [putOld.mount, newRoot.mount.parent, root.mount.parent]
    if (around.some(mount => mount !== undefined && mount.groupId !== 0)) throw EINVAL
    if (!isBelow(putOld, newRoot) || !isBelow(newRoot, root)) throw EINVAL
    const parent = root.mount.parent
    const point = root.mount.mountPoint
    newRoot.mount.locked = root.mount.locked
    root.mount.locked = false
    newRoot.mount.detach()
    root.mount.detach()
    pinned(putOld.dentry)
    root.mount.attach(putOld.mount, putOld.dentry)
    if (parent === undefined || point === undefined) this.root = newRoot.mount
    else newRoot.mount.attach(parent, point)
    this.noteChange()
  }

  /** A copy for unshare(CLONE_NEWNS), and where each old mount is now. */
  copy(userNamespace: UserNamespace): {
    namespace: MountNamespace
    moved: ReadonlyMap<Mount, Mount>
  } {
    const moved = new Map<Mount, Mount>()
    const isOurs = userNamespace === this.userNamespace
    const kind = isOurs ? 'namespace' : 'other-users'
    const root = copyTree(this.root, this.root.root, kind, moved)
    if (!isOurs) lockTree(root)
    return { namespace: new MountNamespace(root, userNamespace), moved }
  }
}

/** What open_tree(2) and MS_BIND copy. Errors: EINVAL, EPERM. */
export function copyForBind({ mount, dentry }: Path, depth: 'single' | 'recursive'): Mount {
  if (mount.unbindable) throw EINVAL
  if (depth === 'single' && hidesPlaces(mount, dentry)) throw EINVAL
  const copy =
    depth === 'single' ? copyMount(mount, dentry, 'bind') : copyTree(mount, dentry, 'bind')
  copy.locked = false
  return copy
}

/** For a tree that is new in the namespace, and for its copies. Errors: ENOSPC, EINVAL (no copies of it). */
function checkRoom(source: Mount, parent: Mount, point: Dentry): void {
  let size = 0
  for (const _ of source.tree()) size++
  const home = parent.namespace!
  const added = new Map([[home, source.namespace === home ? 0 : size]])
  if (!home.hasRoom(added.get(home)!)) throw ENOSPC
  if (parent.groupId === 0) return
  for (const receiver of receivers(parent)) {
    if (!receivesAt(receiver, point)) continue
    if (source.root.inode?.mountNamespace !== undefined) throw EINVAL
    const namespace = receiver.namespace!
    const total = (added.get(namespace) ?? 0) + size
    if (!namespace.hasRoom(total)) throw ENOSPC
    added.set(namespace, total)
  }
}

/** What is mounted there already comes to lie on top. */
function attachBelow(mount: Mount, parent: Mount, point: Dentry): void {
  const above = parent.children.get(point)
  above?.detach()
  mount.attach(parent, point)
  if (above === undefined) return
  let top = mount
  while (top.overmount !== undefined) top = top.overmount
  above.attach(top, top.root)
}

/** propagate_mount_busy: whether it, or one that would go with it, is in use. */
function isBusy(mount: Mount, isUsed: (mount: Mount) => boolean): boolean {
  if (mount.children.size > 0 || isUsed(mount)) return true
  for (const receiver of receivers(mount.parent!)) {
    const child = receiver.children.get(mount.mountPoint!)
    if (child === undefined) continue
    const { size } = child.children
    // One with mounts on it stays, unless the only one covers all of it.
    if (size > 1 || (size === 1 && child.overmount === undefined)) continue
    if (isUsed(child)) return true
  }
  return false
}

/** Takes all of `set` out of the tree; what covers one that goes takes its place. */
function unmount(set: ReadonlySet<Mount>): void {
  const changed = new Set<MountNamespace>()
  for (const mount of set) {
    const over = mount.overmount
    if (over === undefined || set.has(over)) continue
    let { parent, mountPoint } = mount
    while (parent !== undefined && set.has(parent)) ({ parent, mountPoint } = parent)
    over.detach()
    // What is there goes, and must not take this one's place in the table with it.
    parent!.children.get(mountPoint!)?.detach()
    over.attach(parent!, mountPoint!)
  }
  makePrivate(set)
  for (const mount of set) {
    const namespace = mount.namespace!
    mount.detach()
    forgetMount(mount)
    namespace.removed()
    changed.add(namespace)
  }
  for (const namespace of changed) namespace.noteChange()
}

/** A mount point must be found by later walks, also where names are looked up anew each time. */
function pinned(point: Dentry): void {
  // What is added may push others out of the cache, but not the point.
  point.pin()
  for (let at = point; at.parent !== at && at.parent.child(at.name) !== at; at = at.parent)
    at.parent.add(at)
  point.unpin()
}

const isDirectory = ({ inode }: Dentry): boolean => inode!.type === S_IFDIR

/** Whether `place` lies at or below `top`, through mounts. */
function isBelow(place: Path, top: Path): boolean {
  let { mount, dentry } = place
  while (mount !== top.mount) {
    if (mount.parent === undefined || mount.mountPoint === undefined) return false
    dentry = mount.mountPoint
    mount = mount.parent
  }
  return dentry.isWithin(top.dentry)
}
