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
import { WaitQueue } from '../wait-queue.ts'
import { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import { Mount, MountedInstance } from './mount.ts'
import { lookupChild } from './namei.ts'
import type { Path } from './path.ts'

/** Mounts at most in one namespace (fs.mount-max). */
const MOUNT_MAX = 100_000

const instances = new WeakMap<FileSystem, MountedInstance>()
let lastId = 0

function instanceOf(fs: FileSystem): MountedInstance {
  let known = instances.get(fs)
  if (known === undefined) {
    known = new MountedInstance(fs, new Dentry('', undefined, fs.root))
    instances.set(fs, known)
  }
  return known
}

/** A mount of all of `fs`, or of what lies below `root`. */
function newMount(fs: FileSystem, flags: number, source: string, root?: Dentry): Mount {
  const instance = instanceOf(fs)
  instance.changeMounts(1)
  const shown = root ?? instance.root
  shown.pin()
  return new Mount(++lastId, fs, shown, flags, source, instance)
}

function forget(mount: Mount): void {
  mount.detached = true
  mount.root.unpin()
  const instance = instanceOf(mount.fs)
  instance.changeMounts(-1)
  if (!instance.mounted) instances.delete(mount.fs)
}

/** Linux's mnt_namespace. */
export class MountNamespace {
  root: Mount
  /** Notified with POLLERR|POLLPRI when the table changes: poll(2) of /proc/PID/mounts. */
  readonly changed = new WaitQueue()
  /** Counts the changes. */
  changes = 0
  #users = 1
  #count: number

  constructor(root: Mount) {
    this.root = root
    this.#count = [...root.tree()].length
  }

  /** A namespace that shows `rootFs` at "/". */
  static create(rootFs: FileSystem, flags = MS_RELATIME, source = 'none'): MountNamespace {
    return new MountNamespace(newMount(rootFs, flags, source))
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

  share(): this {
    this.#users++
    return this
  }
  /** One user fewer; the last one unmounts everything. */
  drop(): void {
    if (--this.#users === 0) this.#unmountTree(this.root)
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

  /** Mounts `fs` over a place. Errors: ENOTDIR. */
  mountAt(place: Path, fs: FileSystem, flags: number, source: string): Mount {
    const mount = newMount(fs, flags, source)
    return this.#join(mount, place)
  }

  /** MS_BIND: shows the tree at `from` at `place` too; `recursive` with what is mounted in it. */
  bind(from: Path, place: Path, depth: 'single' | 'recursive'): Mount {
    return this.#join(
      depth === 'single' ? cloneOne(from) : cloneTree(from.mount, from.dentry),
      place,
    )
  }

  /** MS_MOVE. Errors: EINVAL (no mount root, the namespace root), ELOOP (into itself). */
  move(from: Path, place: Path): void {
    const { mount } = from
    if (from.dentry !== mount.root || mount.parent === undefined) throw EINVAL
    for (let at: Mount | undefined = place.mount; at; at = at.parent) if (at === mount) throw ELOOP
    checkKinds(mount.root, place.dentry)
    mount.detach()
    pinned(place.dentry)
    mount.attach(place.mount, place.dentry)
    this.noteChange()
  }

  #join(mount: Mount, place: Path): Mount {
    try {
      checkKinds(mount.root, place.dentry)
      if (place.dentry.unlinked) throw ENOENT
      const added = [...mount.tree()].length
      if (this.#count + added > MOUNT_MAX) throw ENOSPC
      this.#count += added
    } catch (error) {
      for (const each of [...mount.tree()]) forget(each)
      throw error
    }
    pinned(place.dentry)
    mount.attach(place.mount, place.dentry)
    this.noteChange()
    return mount
  }

  /**
   * umount2(2). Errors: EINVAL (no mount root), EBUSY (in use, or with mounts on it).
   * 'lazy' takes the whole tree out of sight at once; what is open keeps working.
   */
  unmount(place: Path, how: 'now' | 'lazy'): void {
    const { mount } = place
    if (place.dentry !== mount.root) throw EINVAL
    if (mount.parent === undefined) throw how === 'lazy' ? EINVAL : EBUSY
    if (how === 'now' && (mount.children.size > 0 || mount.busy)) throw EBUSY
    this.#unmountTree(mount)
  }
  #unmountTree(top: Mount): void {
    for (const mount of [...top.tree()].reverse()) {
      mount.detach()
      forget(mount)
      this.#count--
    }
    this.noteChange()
  }

  /** pivot_root(2): `newRoot` becomes the root, the old root moves to `putOld`, at or below it. */
  pivot(root: Path, newRoot: Path, putOld: Path): void {
    if (newRoot.mount === root.mount || putOld.mount === root.mount) throw EBUSY
    if (root.dentry !== root.mount.root || newRoot.dentry !== newRoot.mount.root) throw EINVAL
    if (newRoot.mount.parent === undefined) throw EINVAL
    if (!isBelow(putOld, newRoot) || !isBelow(newRoot, root)) throw EINVAL
    const parent = root.mount.parent
    const point = root.mount.mountPoint
    newRoot.mount.detach()
    root.mount.detach()
    pinned(putOld.dentry)
    root.mount.attach(putOld.mount, putOld.dentry)
    if (parent === undefined || point === undefined) this.root = newRoot.mount
    else newRoot.mount.attach(parent, point)
    this.noteChange()
  }

  /** A copy for unshare(CLONE_NEWNS), and where each old mount is now. */
  copy(): { namespace: MountNamespace; moved: ReadonlyMap<Mount, Mount> } {
    const moved = new Map<Mount, Mount>()
    const root = cloneTree(this.root, this.root.root, moved)
    return { namespace: new MountNamespace(root), moved }
  }
}

/** A mount point must be found by later walks, also where names are looked up anew each time. */
function pinned(point: Dentry): void {
  for (let at = point; at.parent !== at; at = at.parent) {
    if (at.parent.child(at.name) === at) return
    at.parent.add(at)
  }
}

function checkKinds(root: Dentry, point: Dentry): void {
  const from = root.inode!.type === S_IFDIR
  const to = point.inode!.type === S_IFDIR
  if (from !== to) throw ENOTDIR
}

const cloneOne = ({ mount, dentry }: Path): Mount => {
  const copy = newMount(mount.fs, mount.flags, mount.source, dentry)
  copy.propagation = mount.propagation
  return copy
}

/** The mounts at and below `root` in `mount`. Recorded in `moved`. */
function cloneTree(mount: Mount, root: Dentry, moved = new Map<Mount, Mount>()): Mount {
  const copy = cloneOne({ mount, dentry: root })
  moved.set(mount, copy)
  for (const [point, child] of mount.children) {
    if (child.propagation === 'unbindable' && mount !== child && root !== mount.root) continue
    if (point.isWithin(root)) cloneTree(child, child.root, moved).attach(copy, point)
  }
  return copy
}

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
