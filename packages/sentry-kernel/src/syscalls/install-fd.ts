// Giving a new open file a descriptor in the calling task. (syscalls)

import { RLIMIT_NOFILE } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'

/** The lowest free descriptor for `file`, whose reference moves to the table. Errors: EMFILE. */
export const installFd = (task: Task, file: FileDescription, closeOnExec: boolean): number =>
  task.fds.install(file, closeOnExec, task.group.limits.soft(RLIMIT_NOFILE))

/** As installFd; on failure the file is released. */
export function installNew(task: Task, file: FileDescription, closeOnExec: boolean): number {
  try {
    return installFd(task, file, closeOnExec)
  } catch (error) {
    file.release()
    throw error
  }
}

/** Undoes installFd: the call that made the descriptor failed after all. */
export const uninstallFd = (task: Task, fd: number): void => task.fds.remove(fd).release()
