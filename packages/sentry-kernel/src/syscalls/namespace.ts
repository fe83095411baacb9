// unshare, setns. (syscalls)

import {
  CAP_SYS_ADMIN,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_SIGHAND,
  CLONE_THREAD,
  CLONE_VM,
  EINVAL,
  EPERM,
  unshareFlags,
} from '@tsvisor/abi'
import { checkNamespaces } from '../task/clone.ts'
import { hasCapability } from '../task/credentials.ts'
import { PidFile } from '../task/pid-file.ts'
import { PidNamespace } from '../task/pid-namespace.ts'
import type { Handler } from './handler.ts'

const KNOWN = Object.values(unshareFlags()).reduce((all, flag) => all | flag, 0)

export const unshare: Handler<'unshare'> = (task, { flags: wide }) => {
  const flags = wide | 0
  if (wide > 0xffff_ffff || (flags & ~KNOWN) !== 0) throw EINVAL
  const alone = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER
  if ((flags & alone) !== 0 && task.group.tasks.size > 1) throw EINVAL
  if ((flags & (CLONE_SIGHAND | CLONE_VM)) !== 0 && task.mm.shared) throw EINVAL
  checkNamespaces(task, flags)
  if ((flags & (CLONE_FS | CLONE_NEWNS)) !== 0) task.fs = task.fs.fork()
  if ((flags & CLONE_FILES) !== 0 && task.fds.shared) {
    const own = task.fds.fork()
    task.fds.drop()
    task.fds = own
  }
  if ((flags & CLONE_NEWNS) !== 0) task.kernel.newMountNamespace(task)
  if ((flags & CLONE_NEWUTS) !== 0) task.uts = task.uts.fork()
  if ((flags & CLONE_NEWPID) !== 0) {
    if (task.childPidNamespace !== task.pidNamespace) throw EINVAL
    task.childPidNamespace = new PidNamespace(task.pidNamespace)
  }
  return 0
}

/** Joins the UTS, mount and PID namespaces of the process behind a pidfd. Errors: EBADF, EINVAL, EPERM. */
export const setns: Handler<'setns'> = (task, { fd, nstype }) => {
  const file = task.fds.get(fd)
  if (!(file instanceof PidFile)) throw EINVAL
  const joinable = CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWNS
  if (nstype === 0 || (nstype & ~joinable) !== 0) throw EINVAL
  const target = file.pid.task
  if (!target || target.state === 'dead') throw EINVAL
  if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw EPERM
  if ((nstype & CLONE_NEWNS) !== 0 && task.group.tasks.size > 1) throw EINVAL
  if ((nstype & CLONE_NEWPID) !== 0) {
    let space: PidNamespace | undefined = target.pidNamespace
    while (space && space !== task.pidNamespace) space = space.parent
    if (!space) throw EINVAL
    task.childPidNamespace = target.pidNamespace
  }
  if ((nstype & CLONE_NEWUTS) !== 0) task.uts = target.uts
  if ((nstype & CLONE_NEWNS) !== 0 && task.mounts !== target.mounts) {
    const joined = target.mounts.share()
    task.mounts.drop()
    task.mounts = joined
    task.fs = task.fs.fork()
    task.fs.root = joined.rootPath
    task.fs.cwd = joined.rootPath
  }
  return 0
}
