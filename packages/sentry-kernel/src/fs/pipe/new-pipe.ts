// Making an anonymous pipe. (fs/pipe)

import { O_DIRECT, O_WRONLY, S_IFIFO } from '@tsvisor/abi'
import type { Blocking } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import { AnonInode, pipeFs } from '../anon/anon-inode.ts'
import { openFifo, registerPipe } from './fifo.ts'
import { Pipe } from './pipe.ts'
import { PipeEnd } from './pipe-end.ts'

class PipeInode extends AnonInode {
  /** Through /proc/PID/fd/N: another end of the same pipe. */
  override open(
    task: Task,
    path: Path,
    flags: number,
  ): FileDescription | Blocking<FileDescription> {
    return openFifo(task, this, path, flags)
  }
}

/** Both ends of a new pipe. `flags`: O_NONBLOCK and O_DIRECT. */
export function newPipe(task: Task, flags: number): { reader: PipeEnd; writer: PipeEnd } {
  const { fsuid, fsgid } = task.creds
  const now = task.kernel.clock.realtime()
  const inode = new PipeInode(pipeFs(task.kernel), S_IFIFO | 0o600, fsuid, fsgid, now)
  const pipe = new Pipe()
  registerPipe(inode, pipe)
  const reader = new PipeEnd(pipe, inode, undefined, flags & ~O_DIRECT)
  const writer = new PipeEnd(pipe, inode, undefined, flags | O_WRONLY)
  return { reader, writer }
}
