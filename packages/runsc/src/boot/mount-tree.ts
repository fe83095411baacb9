// The container's file tree: the root and every mount, in the configuration's order. (runsc)

import { posix } from 'node:path'
import { Errno, MS_RDONLY, makedev, S_IFCHR, S_IFDIR } from '@tsvisor/abi'
import { getLimit } from '@tsvisor/host'
import {
  changePropagation,
  copyTree,
  type FileSystem,
  GoferFs,
  type Kernel,
  type Mount,
  MountNamespace,
  OpenFiles,
  OverlayFs,
  type Path,
  type RemoteFs,
  Tmpfs,
} from '@tsvisor/sentry-kernel'
import type { BootMount, ContainerConfig } from './boot-config.ts'
import { mountHierarchies } from './cgroup-mounts.ts'
import { makeDeviceNodes } from './device-nodes.ts'
import { BootFailure } from './failure.ts'
import { type GuestPlace, newFileSystem } from './file-systems.ts'
import { PROPAGATIONS, type PropagationChange, parseMountOptions } from './mount-options.ts'
import { existingPlace, isLink, mountPoint } from './mount-point.ts'

export interface MountTreeOptions extends GuestPlace {
  readonly config: ContainerConfig
  /** The gofer's tree of that attach name. */
  readonly attach: (name: string) => RemoteFs
}

interface Trees extends MountTreeOptions {
  /** One bound for all trees of the gofer. */
  readonly openFiles: OpenFiles
}

const RLIMIT_NOFILE = 7
/** Host files kept open for the next who opens them. */
const MOST_OPEN_FILES = 4096

/** An eighth of the descriptors that this process may have: guests' own open files come on top. */
const newOpenFiles = (): OpenFiles =>
  new OpenFiles(Math.min(MOST_OPEN_FILES, getLimit(RLIMIT_NOFILE).soft >> 3))

/** Errors: BootFailure naming the mount. */
export function buildMountTree(options: MountTreeOptions): MountNamespace {
  const { kernel, config, attach } = options
  const { root } = config
  const trees = { ...options, openFiles: newOpenFiles() }
  const base = new GoferFs(attach(root.attach), {
    access: root.fileAccess,
    dev: kernel.nextDev(),
    openFiles: trees.openFiles,
  })
  const rootFs = root.overlay === 'memory' ? overlayOver(kernel, base) : base
  // Mount points are made before the root is closed for writing.
  const namespace = MountNamespace.create(kernel.vfs, rootFs)
  const own = new Set<Mount>()
  for (const mount of config.mounts) {
    try {
      const made = addMount(trees, namespace, mount)
      if (made !== undefined) own.add(made)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      const reason = error.message.toLowerCase()
      throw new BootFailure(`mount ${mount.type} on ${mount.destination}: ${reason}`)
    }
  }
  makeDeviceNodes(kernel, namespace, config)
  restrictPaths(kernel, namespace, config)
  makeDirectory(kernel, namespace, config.process.cwd)
  const propagation = PROPAGATIONS[config.rootfsPropagation ?? '']
  if (propagation) setPropagation(namespace, propagation, own)
  if (root.readonly) namespace.root.flags |= MS_RDONLY
  return namespace
}

/** linux.rootfsPropagation. What the options of a mount say holds for that, as with runc. */
function setPropagation(
  { root }: MountNamespace,
  { type, depth }: PropagationChange,
  own: ReadonlySet<Mount>,
): void {
  for (const mount of depth === 'recursive' ? root.tree() : [root])
    if (!own.has(mount)) changePropagation(mount, type)
}

function overlayOver(kernel: Kernel, lower: FileSystem): FileSystem {
  const { platform, clock } = kernel
  const upper = new Tmpfs({ platform, clock, dev: kernel.nextDev() })
  return new OverlayFs({ lower, upper, dev: kernel.nextDev() })
}

const UNLINKED = new Set(['proc', 'sysfs'])

/** The mount, where its options say how it propagates. */
function addMount(trees: Trees, namespace: MountNamespace, mount: BootMount): Mount | undefined {
  const { kernel, groups, attach, openFiles } = trees
  // As runc: where a link leads is not where the paths below it are masked.
  if (UNLINKED.has(mount.type) && isLink(namespace, mount.destination))
    throw new BootFailure(
      `mount ${mount.type} on ${mount.destination}: must be mounted on ordinary directory`,
    )
  const { flags, superFlags, propagation, isCopyUp, data } = parseMountOptions(mount.options)
  if (mount.type === 'cgroup' && data.size === 0 && groups.hierarchies.length > 0) {
    mountHierarchies(namespace, { kernel, groups, destination: mount.destination, flags })
    return undefined
  }
  const fs: FileSystem =
    mount.attach === undefined
      ? newFileSystem(trees, mount, data)
      : new GoferFs(attach(mount.attach), {
          access: mount.fileAccess ?? 'shared',
          dev: kernel.nextDev(),
          openFiles,
          ...(mount.source.startsWith('/') && { rootName: plainPath(mount.source) }),
        })
  if (mount.attach === undefined) fs.superFlags = superFlags
  const kind = fs.root.type === S_IFDIR ? 'directory' : 'file'
  const place = mountPoint(
    { namespace, synthetic: syntheticOptions(kernel) },
    mount.destination,
    kind,
  )
  const below = place.dentry.inode!
  if (isCopyUp && fs instanceof Tmpfs && below.type === S_IFDIR) copyTree(fs, below)
  const made = namespace.mountAt(place, fs, flags, mount.source)
  if (propagation === undefined) return undefined
  changePropagation(made, propagation.type)
  return made
}

const plainPath = (path: string): string => posix.normalize(path).replace(/(.)\/$/, '$1')

/** The process's directory is made where it is missing, as by runc; what is in the way shows later. */
function makeDirectory(kernel: Kernel, namespace: MountNamespace, path: string): void {
  try {
    mountPoint({ namespace, synthetic: syntheticOptions(kernel) }, path, 'directory')
  } catch (error) {
    if (!(error instanceof Errno)) throw error
  }
}

const syntheticOptions = (kernel: Kernel) => ({
  platform: kernel.platform,
  clock: kernel.clock,
  dev: kernel.nextDev(),
})

/** linux.maskedPaths look empty, linux.readonlyPaths cannot be written; missing ones are skipped, as runc does. */
function restrictPaths(kernel: Kernel, namespace: MountNamespace, config: ContainerConfig): void {
  for (const path of config.maskedPaths) {
    const place = existingPlace(namespace, path)
    if (!place) continue
    const empty = new Tmpfs({ ...syntheticOptions(kernel), mode: 0o755 })
    if (place.dentry.inode!.type === S_IFDIR) namespace.mountAt(place, empty, MS_RDONLY, 'tmpfs')
    else namespace.bind(nullDevice(kernel, namespace), place, 'single')
  }
  for (const path of config.readonlyPaths) {
    const place = existingPlace(namespace, path)
    if (!place) continue
    namespace.bind(place, place, 'recursive').flags |= MS_RDONLY
  }
}

/** The container's own, or one that it has not. */
function nullDevice(kernel: Kernel, namespace: MountNamespace): Path {
  const found = existingPlace(namespace, '/dev/null')
  if (found?.dentry.inode?.type === S_IFCHR) return found
  const elsewhere = new Tmpfs(syntheticOptions(kernel))
  elsewhere.root.mknod('null', S_IFCHR | 0o666, makedev(1, 3), { uid: 0, gid: 0 })
  return MountNamespace.create(kernel.vfs, elsewhere).find('/null')
}
