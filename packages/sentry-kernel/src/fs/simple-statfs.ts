// What file systems without blocks tell of themselves. (fs)
// Linux fs/libfs.c: simple_statfs.

import { NAME_MAX } from '@tsvisor/abi'
import type { StatFs } from '../vfs/inode.ts'

/** `type`: *_MAGIC. */
export const simpleStatfs = (type: number): StatFs => ({
  type,
  bsize: 4096,
  blocks: 0,
  bfree: 0,
  bavail: 0,
  files: 0,
  ffree: 0,
  namelen: NAME_MAX,
})
