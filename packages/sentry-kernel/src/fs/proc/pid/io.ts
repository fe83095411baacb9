// /proc/PID/io, /proc/PID/task/TID/io. (fs/proc)
// Linux fs/proc/base.c: do_io_accounting.

import { IoUsage } from '../../../task/io-usage.ts'
import { guarded } from './subject.ts'

/**
 * `asking`: calls that are counted, and are still at reading this: Linux counts at their end. What reaches
 * a disk is the host's doing: this kernel sees none.
 */
const text = ({ readBytes, writtenBytes, reads, writes }: IoUsage, asking: number): string =>
  `rchar: ${readBytes}\nwchar: ${writtenBytes}\nsyscr: ${reads - asking}\nsyscw: ${writes}\n` +
  'read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n'

export const threadIo = guarded((task, _subject, reader) => text(task.io, task === reader ? 1 : 0))

/** With threads that have exited, and children that were waited for. */
export const processIo = guarded(({ group }, _subject, reader) => {
  const total = new IoUsage()
  total.add(group.io)
  for (const task of group.tasks) total.add(task.io)
  return text(total, reader.group === group ? 1 : 0)
})
