// Open files on the one anonymous inode that have no position: eventfd, epoll, timerfd … (fs/anon)

import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'

/** lseek does nothing and succeeds, as noop_llseek of fs/read_write.c. */
export abstract class AnonFile extends FileDescription {
  override seek(_task: Task, _offset: number, _whence: number): number {
    return 0
  }
}
