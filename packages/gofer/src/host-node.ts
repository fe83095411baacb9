// One file of a served tree, whatever name it has: an O_PATH descriptor, reopened by name if need be. (gofer)

import type { FileStat } from '@tsvisor/host'
import { S_IFMT, type Wide } from '@tsvisor/p9'
import type { Export } from './export.ts'

/** Identity is export, device and inode number; there is one HostNode for each file held. */
export class HostNode {
  /** O_PATH | O_NOFOLLOW descriptor, or -1 while closed to save descriptors. */
  fd: number
  readonly export: Export
  readonly dev: bigint
  readonly ino: bigint
  /** qid.path: `ino` made unique in the export. */
  readonly path: Wide
  /** S_IFMT bits: these never change for an inode. */
  readonly type: number
  /** The directory it was found in; itself for the root of a tree. */
  parent: HostNode
  /** The name it was found under, there. */
  name: string
  /** Fids, children and requests that hold it. */
  holds = 1
  /** `name` no longer leads here: the descriptor is all there is and must not be closed. */
  lost = false
  /** Used since the last look of the evictor. */
  used = true

  constructor(
    fd: number,
    stat: FileStat,
    exported: Export,
    parent: HostNode | undefined,
    name: string,
  ) {
    this.fd = fd
    this.export = exported
    this.dev = stat.dev
    this.ino = stat.ino
    this.path = exported.paths.path(stat.dev, stat.ino)
    this.type = stat.mode & S_IFMT
    this.parent = parent ?? this
    this.name = name
  }

  get isRoot(): boolean {
    return this.parent === this
  }
}
