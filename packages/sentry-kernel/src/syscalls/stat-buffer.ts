// struct stat for the guest, without making objects: stat is among the most frequent calls. (syscalls)

import { type Addr, stat } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { Inode } from '../vfs/inode.ts'

const TWO_32 = 0x1_0000_0000
const words = new Uint32Array(stat.size / 4)
const data = new Uint8Array(words.buffer)
/** Where the field is in `words`, which V8 stores to with less code than through a DataView. */
const at = (field: keyof typeof stat.fields): number => stat.fields[field].offset / 4

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

function wide(word: number, value: number): void {
  words[word] = value
  words[word + 1] = Math.floor(value / TWO_32)
}

/** Errors: EFAULT. */
export function writeStat(task: Task, addr: Addr, inode: Inode): void {
  const attr = inode.attr()
  wide(DEV, inode.fs.dev)
  wide(INO, attr.ino)
  wide(NLINK, attr.nlink)
  words[MODE] = attr.mode
  const { uids, gids } = task.creds.userNamespace
  words[UID] = uids.shown(attr.uid)
  words[GID] = gids.shown(attr.gid)
  wide(RDEV, attr.rdev)
  wide(SIZE, attr.size)
  wide(BLKSIZE, attr.blksize)
  wide(BLOCKS, attr.blocks)
  wide(ATIME, attr.atime.sec)
  words[ATIME + 2] = attr.atime.nsec
  wide(MTIME, attr.mtime.sec)
  words[MTIME + 2] = attr.mtime.nsec
  wide(CTIME, attr.ctime.sec)
  words[CTIME + 2] = attr.ctime.nsec
  task.mm.write(addr, data)
}
