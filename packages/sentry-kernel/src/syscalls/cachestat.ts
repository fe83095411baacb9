// cachestat(2): how much of a file is in memory. (syscalls)
// Linux mm/filemap.c.

import { cachestat_range, cachestat as cachestatStruct, EINVAL, EPERM, S_IFREG } from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import { MAY_WRITE, ownsInode, permits } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'

/**
 * The pages are in the host's memory, which does not tell: as for mincore(2), all are there.
 * Errors: EBADF, EFAULT, EPERM (a file of others that the caller may not write), EINVAL.
 */
export const cachestat: Handler<'cachestat'> = (task, { fd, cstat_range, cstat, flags }) => {
  const { inode, writable } = task.fds.get(fd)
  const { off, len } = task.mm.readStruct(cachestat_range, cstat_range)
  if (!writable && !ownsInode(task, inode) && !permits(task.creds, inode, MAY_WRITE)) throw EPERM
  if (flags !== 0) throw EINVAL
  const pages = inode.type === S_IFREG ? Math.ceil(inode.attr().size / PAGE_SIZE) : 0
  const first = Math.floor(off / PAGE_SIZE)
  const end = len === 0 ? pages : Math.min(pages, Math.ceil((off + len) / PAGE_SIZE))
  task.mm.writeStruct(cachestatStruct, cstat, {
    nr_cache: Math.max(0, end - first),
    nr_dirty: 0,
    nr_writeback: 0,
    nr_evicted: 0,
    nr_recently_evicted: 0,
  })
  return 0
}
