// New files on the host, with the owner and mode that the guest's kernel decided. (gofer)

import { EEXIST, EPERM } from '@tsvisor/abi'
import { close, type FileStat, fchmodat, fchownat, fstat } from '@tsvisor/host'
import { type NewOwner, NO_ID, S_IFDIR, S_IFLNK, S_IFMT } from '@tsvisor/p9'
import type { HostNode } from './host-node.ts'
import { type NodeTable, openComponent } from './node-table.ts'
import { procPath } from './proc-fd.ts'

const AT_FDCWD = -100
const AT_EMPTY_PATH = 0x1000
const SPECIAL_BITS = 0o7000

export interface Self {
  readonly uid: number
  readonly gid: number
}

/**
 * Gives a file just made its owner, then the mode bits that chown takes away. Without root the
 * host user owns what is made for others: files are then as on the host.
 */
export const own = (
  fd: number,
  stat: FileStat,
  mode: number,
  owner: NewOwner,
  self: Self,
): void => {
  const uid = owner.uid === undefined ? NO_ID : owner.uid
  const { gid } = owner
  const changes = (uid !== NO_ID && uid !== stat.uid) || (gid !== NO_ID && gid !== stat.gid)
  if (changes) {
    try {
      fchownat(fd, '', signed(uid), signed(gid), AT_EMPTY_PATH)
    } catch (error) {
      if (error !== EPERM || self.uid === 0) throw error
    }
  }
  const lost = (mode & SPECIAL_BITS) !== 0 && (stat.mode & S_IFMT) !== S_IFLNK
  if (lost) fchmodat(AT_FDCWD, procPath(fd), mode & 0o7777)
}

/** chown's "leave it" is -1. */
const signed = (id: number): number => (id === NO_ID ? -1 : id)

/** The node of a name that was just made in `dir`; one hold for the caller. */
export const adoptMade = (
  table: NodeTable,
  dir: HostNode,
  name: string,
  mode: number,
  owner: NewOwner,
  self: Self,
): HostNode => {
  const fd = openComponent(table.fd(dir), name)
  try {
    const stat = fstat(fd)
    // Somebody on the host may have put another file in its place: never give that one away.
    const ours =
      stat.uid === self.uid &&
      (stat.mode & S_IFMT) === (mode & S_IFMT) &&
      ((mode & S_IFMT) === S_IFDIR || stat.nlink === 1)
    if (!ours) throw EEXIST
    own(fd, stat, mode, owner, self)
    return table.adopt(fd, stat, dir, name)
  } catch (error) {
    close(fd)
    throw error
  }
}
