// Mounting overlays. (fs/overlay)
// Linux fs/overlayfs/super.c: ovl_fill_super.

import {
  AT_FDCWD,
  CAP_SYS_ADMIN,
  EINVAL,
  ELOOP,
  EPERM,
  MS_NOATIME,
  MS_RDONLY,
  S_IFDIR,
} from '@tsvisor/abi'
import { hasCapability, hasCapabilityIn } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { Dentry } from '../../vfs/dentry.ts'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import type { FileSystem, Inode } from '../../vfs/inode.ts'
import { hidesPlaces } from '../../vfs/locked-mounts.ts'
import type { Mount } from '../../vfs/mount.ts'
import { forgetMount, newMount } from '../../vfs/mount-copy.ts'
import { FOLLOW, resolve } from '../../vfs/namei.ts'
import type { Path } from '../../vfs/path.ts'
import { Tmpfs } from '../tmpfs/tmpfs.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import type { LayerFile } from './layer.ts'
import { Marks } from './marks.ts'
import { type OverlayOptions, parseOverlayOptions, shownOptions, unescaped } from './options.ts'
import { Overlay } from './overlay.ts'
import { UpperLayer } from './upper-layer.ts'
import { makeWorkDirectory } from './work-directory.ts'

/** FILESYSTEM_MAX_STACK_DEPTH. */
const MAX_DEPTH = 2

const depthOf = (fs: FileSystem): number => (fs instanceof Overlay ? fs.depth : 0)

interface Layers {
  readonly lowers: readonly Path[]
  readonly upper: Path | undefined
  readonly work: Path | undefined
}

/** Errors: those of resolve; EINVAL (no directory; no file system for an upper layer, or a read-only one). */
function findLayers(task: Task, { lowers, upper, work }: OverlayOptions): Layers {
  return {
    lowers: lowers.map(path => findDirectory(task, path)),
    upper: upper === undefined ? undefined : findUpper(task, unescaped(upper)),
    work: work === undefined ? undefined : findUpper(task, unescaped(work)),
  }
}
function findDirectory(task: Task, path: string): Path {
  const place = resolve(task, AT_FDCWD, path, FOLLOW)
  if (place.dentry.inode!.type !== S_IFDIR) throw EINVAL
  return place
}
/** Only tmpfs keeps all that upper layers need. */
function findUpper(task: Task, path: string): Path {
  const place = findDirectory(task, path)
  if (!(place.mount.fs instanceof Tmpfs) || place.mount.isReadOnly) throw EINVAL
  return place
}

function make(task: Task, data: string): Overlay {
  const options = parseOverlayOptions(data)
  const layers = findLayers(task, options)
  if (!hasCapabilityIn(task.creds, task.creds.userNamespace, CAP_SYS_ADMIN)) throw EPERM
  if (options.upper === undefined) {
    options.work = undefined
    options.isVolatile = false
    if (options.uuid === 'on') options.uuid = 'null'
  }
  if (layers.lowers.length === 0) throw EINVAL
  const mounts: Mount[] = []
  try {
    return build(task, options, layers, mounts)
  } catch (error) {
    for (const mount of mounts) forgetMount(mount)
    throw error
  }
}

/** `mounts` get the private mounts of the layers. */
function build(task: Task, options: OverlayOptions, layers: Layers, mounts: Mount[]): Overlay {
  const { lowers } = layers
  const traps = new Set<Inode>()
  const prefix = options.userXattr ? 'user.overlay.' : 'trusted.overlay.'
  const isUsable = options.userXattr || hasCapability(task.creds, CAP_SYS_ADMIN)
  const marks = new Marks(prefix, isUsable)
  if (!isUsable && layers.upper !== undefined) options.redirect = 'nofollow'
  const upper = openUpper(task, options, layers, { marks, traps, mounts })
  if (upper === undefined && lowers.length === 1) throw EINVAL
  const depth = 1 + Math.max(...lowers.map(({ mount }) => depthOf(mount.fs)))
  if (depth > MAX_DEPTH) throw EINVAL
  const files: LayerFile[] = []
  const fileSystems: FileSystem[] = upper === undefined ? [] : [upper.mount.fs]
  for (const [index, path] of lowers.entries()) {
    addTrap(traps, path.dentry)
    mounts.push(privateMount(task, path, MS_RDONLY | MS_NOATIME))
    let fsIndex = fileSystems.indexOf(path.mount.fs)
    if (fsIndex === -1) fsIndex = fileSystems.push(path.mount.fs) - 1
    files.push({ inode: path.dentry.inode!, fsIndex, index })
  }
  if (upper !== undefined) noteUuid(task, options, marks, upper.root)
  for (const { dentry } of lowers) if (isBelowTrap(traps, dentry)) throw ELOOP
  return new Overlay({
    dev: task.kernel.nextDev(),
    mounter: task,
    upper,
    lowers: files,
    mounts,
    traps,
    marks,
    marksNew: options.xino === 'on' || options.redirect === 'on',
    redirects: options.userXattr ? 'nofollow' : (options.redirect ?? 'follow'),
    options: shownOptions(options, fileSystems.length === 1),
    depth,
  })
}

interface Building {
  readonly marks: Marks
  readonly traps: Set<Inode>
  readonly mounts: Mount[]
}

/** Errors: EINVAL (no work directory, on another mount, one in the other), ENOSPC, EACCES, EPERM. */
function openUpper(
  task: Task,
  options: OverlayOptions,
  { upper, work }: Layers,
  { traps, mounts }: Building,
): UpperLayer | undefined {
  if (upper === undefined) return undefined
  if (work === undefined) throw EINVAL
  addTrap(traps, upper.dentry)
  const mount = privateMount(task, upper, 0)
  mounts.push(mount)
  if (upper.mount !== work.mount) throw EINVAL
  if (upper.dentry.isWithin(work.dentry) || work.dentry.isWithin(upper.dentry)) throw EINVAL
  addTrap(traps, work.dentry)
  const made = makeWorkDirectory(task, work.dentry, options.isVolatile)
  traps.add(made)
  return new UpperLayer(mount, made, { uid: task.creds.fsuid, gid: task.creds.fsgid })
}

/** clone_private_mount. Errors: EINVAL (of another namespace, not to be copied, locked mounts in it). */
function privateMount(task: Task, { mount, dentry }: Path, flags: number): Mount {
  if (mount.namespace !== task.mounts || mount.unbindable || hidesPlaces(mount, dentry))
    throw EINVAL
  return newMount(task.kernel.vfs, mount.fs, mount.flags | flags, mount.source, dentry)
}

/** Errors: ELOOP (it is a layer already). */
function addTrap(traps: Set<Inode>, { inode }: Dentry): void {
  if (traps.has(inode!)) throw ELOOP
  traps.add(inode!)
}
function isBelowTrap(traps: ReadonlySet<Inode>, dentry: Dentry): boolean {
  for (let at = dentry; at.parent !== at; at = at.parent)
    if (traps.has(at.parent.inode!)) return true
  return false
}

/** A new upper layer gets a number of its own; "auto" is then shown as what came of it. */
function noteUuid(task: Task, options: OverlayOptions, marks: Marks, upper: TmpfsInode): void {
  if (options.uuid !== 'auto' && options.uuid !== 'on') return
  if (!marks.isUsable) options.uuid = 'null'
  else if (marks.get(upper, 'uuid') === undefined) {
    if (options.uuid === 'auto')
      options.uuid = marks.get(upper, 'impure') === undefined ? 'on' : 'null'
    const uuid = new Uint8Array(16)
    task.kernel.random.fill(uuid)
    if (options.uuid === 'on') marks.set(upper, 'uuid', uuid)
  }
}

export const overlayType: FileSystemType = {
  owner: ({ creds }) => creds.userNamespace,
  make: (task, _source, data) => make(task, data),
  check: (task, option) => {
    findLayers(task, parseOverlayOptions(option))
  },
}
