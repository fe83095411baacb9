// When reading a file changes its access time. (vfs)
// Linux fs/inode.c: atime_needs_update, relatime_need_update.

import { MS_NOATIME, MS_NODIRATIME, MS_STRICTATIME, O_NOATIME, S_IFDIR } from '@tsvisor/abi'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from './file-description.ts'

const DAY = 24 * 60 * 60
const notAfter = (a: Time, b: Time): boolean =>
  a.sec < b.sec || (a.sec === b.sec && a.nsec <= b.nsec)

/** Whether a read through `file` should set the access time to now. */
export function updatesAtime(file: FileDescription, task: Task): boolean {
  const mount = file.path?.mount
  const flags = mount?.flags ?? 0
  if (file.flags & O_NOATIME || flags & MS_NOATIME || mount?.isReadOnly) return false
  if (flags & MS_NODIRATIME && file.inode.type === S_IFDIR) return false
  if (flags & MS_STRICTATIME) return true
  const { atime, mtime, ctime } = file.inode.attr()
  if (notAfter(atime, mtime) || notAfter(atime, ctime)) return true
  return task.kernel.clock.realtime().sec - atime.sec >= DAY
}
