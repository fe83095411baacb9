// Making mounts: of a file system, and as copies of others. (vfs)
// Linux fs/namespace.c: vfs_create_mount, clone_mnt, copy_tree, cleanup_mnt.

import { ENOENT, EPERM } from '@tsvisor/abi'
import { Dentry } from './dentry.ts'
import type { FileSystem } from './inode.ts'
import { Mount, MountedInstance } from './mount.ts'
import { lookupChild } from './namei.ts'
import { changePropagation, joinPeers, makeShared, setMaster } from './peers.ts'
import type { VirtualFilesystem } from './virtual-filesystem.ts'

const instances = new WeakMap<FileSystem, MountedInstance>()
/** Whether an instance is in use in any namespace. */
export const isMounted = (fs: FileSystem): boolean => instances.get(fs)?.mounted ?? false

export function instanceOf(fs: FileSystem): MountedInstance {
  let known = instances.get(fs)
  if (known === undefined) {
    known = new MountedInstance(fs, new Dentry('', undefined, fs.root))
    instances.set(fs, known)
  }
  return known
}

/** The directory at a path of names alone. Errors: ENOENT. */
export function directoryAt(fs: FileSystem, path: string): Dentry {
  let dentry = instanceOf(fs).root
  for (const name of path.split('/')) if (name !== '') dentry = lookupChild(dentry, name)
  if (dentry.inode === undefined) throw ENOENT
  return dentry
}

/** A mount of all of `fs`, or of what lies below `root`; in no namespace yet. */
export function newMount(
  vfs: VirtualFilesystem,
  fs: FileSystem,
  flags: number,
  source: string,
  root?: Dentry,
): Mount {
  const instance = instanceOf(fs)
  instance.changeMounts(1)
  const shown = root ?? instance.root
  shown.pin()
  return new Mount({ vfs, id: vfs.nextMountId(), fs, root: shown, flags, source, instance })
}

/** The last of a mount that is not in the tree, or no more. */
export function forgetMount(mount: Mount): void {
  changePropagation(mount, 'private')
  mount.namespace = undefined
  mount.root.unpin()
  const instance = instanceOf(mount.fs)
  instance.changeMounts(-1)
  if (!instance.mounted) instances.delete(mount.fs)
}

/**
 * What a copy is to the original: as a bind makes it (its peer if that is shared, a slave of the same
 * master); for a new namespace, where unbindable mounts come along, also of other users, who only hear of changes;
 * shared in any case; a slave.
 */
export type CopyKind = 'bind' | 'namespace' | 'other-users' | 'shared' | 'slave' | 'shared-slave'

export function copyMount(old: Mount, root: Dentry, kind: CopyKind): Mount {
  const copy = newMount(old.vfs, old.fs, old.flags, old.source, root)
  copy.unbindable = old.unbindable
  copy.locked = old.locked
  copy.lockedFlags = old.lockedFlags
  copy.atimeLocked = old.atimeLocked
  const isSlave = kind === 'slave' || kind === 'shared-slave' || kind === 'other-users'
  if (!isSlave && old.groupId !== 0) joinPeers(copy, old)
  if (kind === 'shared' || kind === 'shared-slave') makeShared(copy)
  setMaster(copy, isSlave && old.groupId !== 0 ? old : old.master)
  return copy
}

/**
 * Copies the mounts at and below `root` in `top`. `moved`: which one became which. Errors: EPERM (one that may
 * neither be left out nor copied).
 */
export function copyTree(
  top: Mount,
  root: Dentry,
  kind: CopyKind,
  moved: Map<Mount, Mount> = new Map(),
): Mount {
  const copy = copyMount(top, root, kind)
  moved.set(top, copy)
  const rest = [...top.children.values()].filter(({ mountPoint }) => mountPoint!.isWithin(root))
  rest.reverse()
  for (let mount = rest.pop(); mount; mount = rest.pop()) {
    if (mount.unbindable && kind !== 'namespace' && kind !== 'other-users') {
      if (!mount.locked) continue
      for (const each of [...copy.tree()]) forgetMount(each)
      throw EPERM
    }
    // It could keep the namespace that the copy is for (CL_COPY_MNT_NS_FILE).
    if (kind !== 'bind' && mount.root.inode?.mountNamespace !== undefined) continue
    const made = copyMount(mount, mount.root, kind)
    moved.set(mount, made)
    made.attach(moved.get(mount.parent!)!, mount.mountPoint!)
    for (const child of [...mount.children.values()].reverse()) rest.push(child)
  }
  return copy
}
