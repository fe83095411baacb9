// overlay: directories that are merged, of which only the topmost is written to. (fs/overlay)
// Linux fs/overlayfs.

import { CAP_DAC_OVERRIDE, EACCES, EROFS, MS_RDONLY, OVERLAYFS_SUPER_MAGIC } from '@tsvisor/abi'
import { type Credentials, hasCapability } from '../../task/credentials.ts'
import type { Task } from '../../task/task.ts'
import type { UserNamespace } from '../../task/user-namespace.ts'
import type { FileSystem, Inode, StatFs } from '../../vfs/inode.ts'
import type { Mount } from '../../vfs/mount.ts'
import { forgetMount, isMounted } from '../../vfs/mount-copy.ts'
import { permits } from '../../vfs/permission.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import type { LayerFile } from './layer.ts'
import type { Marks } from './marks.ts'
import { MergedInode, type Place } from './merged-inode.ts'
import type { UpperLayer } from './upper-layer.ts'

interface OverlayParts {
  readonly dev: number
  readonly mounter: Task
  readonly upper: UpperLayer | undefined
  /** The roots of the lower layers, topmost first. */
  readonly lowers: readonly LayerFile[]
  /** Private mounts of all layers: they keep the file systems. */
  readonly mounts: readonly Mount[]
  /** Directories in which nothing of this overlay may be found again. */
  readonly traps: ReadonlySet<Inode>
  readonly marks: Marks
  readonly options: readonly string[]
  readonly marksNew: boolean
  /** Whether lower directories that were moved are found, and may be moved. */
  readonly redirects: 'nofollow' | 'follow' | 'on'
  /** How many overlays deep: 1 unless a layer is on one. */
  readonly depth: number
}

export class Overlay implements FileSystem {
  readonly type = 'overlay'
  readonly caching = 'always'
  readonly dev: number
  /** Reads lower files when nobody else is there to do it. */
  readonly mounter: Task
  /** As whom the layers are accessed: as the mounter was then. */
  readonly creds: Credentials
  readonly upper: UpperLayer | undefined
  readonly lowers: readonly LayerFile[]
  readonly traps: ReadonlySet<Inode>
  readonly marks: Marks
  readonly depth: number
  readonly root: MergedInode
  userNamespace?: UserNamespace
  /** Directories made where lower ones could come to light are marked at once. */
  readonly marksNew: boolean
  readonly redirects: 'nofollow' | 'follow' | 'on'
  readonly #mayAll: boolean
  readonly #mounts: readonly Mount[]
  readonly #options: readonly string[]
  #superFlags = 0
  /** One object for each file while anyone refers to it, by the layer's file that shows. */
  readonly #known = new WeakMap<Inode, MergedInode>()

  constructor(parts: OverlayParts) {
    this.dev = parts.dev
    this.mounter = parts.mounter
    this.creds = parts.mounter.creds
    this.#mayAll = hasCapability(this.creds, CAP_DAC_OVERRIDE)
    this.marksNew = parts.marksNew
    this.redirects = parts.redirects
    this.upper = parts.upper
    this.lowers = parts.lowers
    this.traps = parts.traps
    this.marks = parts.marks
    this.depth = parts.depth
    this.#mounts = parts.mounts
    this.#options = parts.options
    this.root = new MergedInode(this, parts.upper?.root, parts.lowers, undefined)
    this.superFlags = 0
  }

  /** Always MS_RDONLY without an upper layer. Errors: EROFS (to change that). */
  get superFlags(): number {
    return this.#superFlags
  }
  set superFlags(flags: number) {
    const forced = this.upper === undefined ? MS_RDONLY : 0
    if (forced & ~flags && isMounted(this)) throw EROFS
    this.#superFlags = flags | forced
  }

  get followsRedirects(): boolean {
    return this.redirects !== 'nofollow'
  }
  /** Whether who mounted it may do that to a file of a layer. */
  permits(inode: Inode, mask: number): boolean {
    return this.#mayAll || permits(this.creds, inode, mask)
  }
  /** Errors: EACCES. */
  check(inode: Inode, mask: number): void {
    if (!this.permits(inode, mask)) throw EACCES
  }

  /** The merged file of an upper one, with the lower directories that it is merged with. */
  ofUpper(upper: TmpfsInode, lowers: readonly LayerFile[], place: Place | undefined): MergedInode {
    const known = this.#known.get(upper)
    if (known !== undefined && (upper.entries === undefined || known.isAt(place))) return known
    return new MergedInode(this, upper, lowers, place)
  }
  /** The merged file of a lower one that is no directory, or of directories. */
  ofLower(lowers: readonly LayerFile[], place: Place): MergedInode {
    const known = this.#known.get(lowers[0]!.inode)
    if (known?.upper === undefined && known?.isAt(place)) return known
    return new MergedInode(this, undefined, lowers, place)
  }
  /** From now on this is the merged file of the one that shows. */
  keep(inode: MergedInode): void {
    this.#known.set(inode.real, inode)
  }

  readonly newUuid = (): Uint8Array => {
    const uuid = new Uint8Array(16)
    this.mounter.kernel.random.fill(uuid)
    return uuid
  }

  statfs(): StatFs {
    const { fs } = this.upper?.root ?? this.lowers[0]!.inode
    return { ...fs.statfs(), type: OVERLAYFS_SUPER_MAGIC }
  }
  options(): readonly string[] {
    return this.#options
  }
  release(): void {
    for (const mount of this.#mounts) forgetMount(mount)
  }
}
