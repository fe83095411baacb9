// struct statx for the guest. (syscalls)

import {
  type Addr,
  major,
  minor,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BASIC_STATS,
  STATX_BTIME,
  STATX_MNT_ID,
  STATX_MNT_ID_UNIQUE,
  statx,
} from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import type { Inode } from '../vfs/inode.ts'
import type { Path } from '../vfs/path.ts'

const stamp = ({ sec, nsec }: Time) => ({ tv_sec: sec, tv_nsec: nsec })
const NO_TIME: Time = { sec: 0, nsec: 0 }

/** Errors: EFAULT. `mask` is what the caller asked for: the basic part is always filled in. */
export function writeStatx(
  task: Task,
  addr: Addr,
  inode: Inode,
  path: Path | undefined,
  mask: number,
): void {
  const attr = inode.attr()
  const { dev } = inode.fs
  const { uids, gids } = task.creds.userNamespace
  const isMountRoot = path !== undefined && path.dentry === path.mount.root
  let filled = STATX_BASIC_STATS
  if (attr.btime && mask & STATX_BTIME) filled |= STATX_BTIME
  const isUnique = (mask & STATX_MNT_ID_UNIQUE) !== 0
  if (path) filled |= isUnique ? STATX_MNT_ID_UNIQUE : STATX_MNT_ID
  task.mm.writeStruct(statx, addr, {
    stx_mask: filled,
    stx_blksize: attr.blksize,
    stx_attributes: isMountRoot ? STATX_ATTR_MOUNT_ROOT : 0,
    stx_nlink: attr.nlink,
    stx_uid: uids.shown(attr.uid),
    stx_gid: gids.shown(attr.gid),
    stx_mode: attr.mode,
    stx_ino: attr.ino,
    stx_size: attr.size,
    stx_blocks: attr.blocks,
    stx_attributes_mask: STATX_ATTR_MOUNT_ROOT,
    stx_atime: stamp(attr.atime),
    stx_btime: stamp(attr.btime ?? NO_TIME),
    stx_ctime: stamp(attr.ctime),
    stx_mtime: stamp(attr.mtime),
    stx_rdev_major: major(attr.rdev),
    stx_rdev_minor: minor(attr.rdev),
    stx_dev_major: major(dev),
    stx_dev_minor: minor(dev),
    stx_mnt_id: path === undefined ? 0 : isUnique ? path.mount.uniqueId : path.mount.id,
    stx_dio_mem_align: 0,
    stx_dio_offset_align: 0,
    stx_subvol: 0,
    stx_atomic_write_unit_min: 0,
    stx_atomic_write_unit_max: 0,
    stx_atomic_write_segments_max: 0,
  })
}
