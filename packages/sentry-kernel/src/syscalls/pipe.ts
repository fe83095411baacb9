// pipe, pipe2. (syscalls)

import { type Addr, EINVAL, O_CLOEXEC, O_DIRECT, O_NONBLOCK } from '@tsvisor/abi'
import { newPipe } from '../fs/pipe/new-pipe.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { installFd, uninstallFd } from './install-fd.ts'

export const pipe: Handler<'pipe'> = (task, { pipefd }) => makePipe(task, pipefd, 0)

export const pipe2: Handler<'pipe2'> = (task, { pipefd, flags }) => makePipe(task, pipefd, flags)

function makePipe(task: Task, pipefd: Addr, flags: number): number {
  if (flags & ~(O_NONBLOCK | O_DIRECT | O_CLOEXEC)) throw EINVAL
  const { reader, writer } = newPipe(task, flags & ~O_CLOEXEC)
  const closeOnExec = (flags & O_CLOEXEC) !== 0
  let readFd: number
  try {
    readFd = installFd(task, reader, closeOnExec)
  } catch (error) {
    reader.release()
    writer.release()
    throw error
  }
  let writeFd = -1
  try {
    writeFd = installFd(task, writer, closeOnExec)
    const pair = new Uint8Array(8)
    const view = new DataView(pair.buffer)
    view.setInt32(0, readFd, true)
    view.setInt32(4, writeFd, true)
    task.mm.write(pipefd, pair)
    return 0
  } catch (error) {
    uninstallFd(task, readFd)
    if (writeFd >= 0) uninstallFd(task, writeFd)
    else writer.release()
    throw error
  }
}
