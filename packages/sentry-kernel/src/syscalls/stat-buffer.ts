// struct stat for the guest, without making objects: stat is among the most frequent calls. (syscalls)

import { type Addr, stat } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { Inode } from '../vfs/inode.ts'

const TWO_32 = 0x1_0000_0000
const data = new Uint8Array(stat.size)
const view = new DataView(data.buffer)
const at = (field: keyof typeof stat.fields): number => stat.fields[field].offset

const DEV = at('st_dev')
const INO = at('st_ino')
const NLINK = at('st_nlink')
const MODE = at('st_mode')
const UID = at('st_uid')
const GID = at('st_gid')
const RDEV = at('st_rdev')
const SIZE = at('st_size')
const BLKSIZE = at('st_blksize')
const BLOCKS = at('st_blocks')
const ATIME = at('st_atime')
const MTIME = at('st_mtime')
const CTIME = at('st_ctime')

function wide(offset: number, value: number): void {
  view.setUint32(offset, value, true)
  view.setInt32(offset + 4, Math.floor(value / TWO_32), true)
}

/** Errors: EFAULT. */
export function writeStat(task: Task, addr: Addr, inode: Inode): void {
  const attr = inode.attr()
  wide(DEV, inode.fs.dev)
  wide(INO, attr.ino)
  wide(NLINK, attr.nlink)
  view.setUint32(MODE, attr.mode, true)
  view.setUint32(UID, attr.uid, true)
  view.setUint32(GID, attr.gid, true)
  wide(RDEV, attr.rdev)
  wide(SIZE, attr.size)
  wide(BLKSIZE, attr.blksize)
  wide(BLOCKS, attr.blocks)
  wide(ATIME, attr.atime.sec)
  view.setUint32(ATIME + 8, attr.atime.nsec, true)
  wide(MTIME, attr.mtime.sec)
  view.setUint32(MTIME + 8, attr.mtime.nsec, true)
  wide(CTIME, attr.ctime.sec)
  view.setUint32(CTIME + 8, attr.ctime.nsec, true)
  task.mm.write(addr, data)
}
