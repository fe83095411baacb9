// unshare, setns. (syscalls)
// Linux kernel/fork.c: ksys_unshare; kernel/nsproxy.c: setns.

import {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWIPC,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VM,
  EINVAL,
  unshareFlags,
} from '@tsvisor/abi'
import { NamespaceFile } from '../fs/nsfs/namespace-file.ts'
import { exitSemaphores } from '../ipc/semaphore-exit.ts'
import { changeCredentials } from '../task/change-credentials.ts'
import { checkNamespaces, newNamespaces, newPidNamespace } from '../task/clone.ts'
import { joinNamespace, joinNamespaces } from '../task/join-namespaces.ts'
import { credentialsForFlags } from '../task/new-user-namespace.ts'
import { PidFile } from '../task/pid-file.ts'
import type { Handler } from './handler.ts'

const KNOWN = Object.values(unshareFlags()).reduce((all, flag) => all | flag, 0)

export const unshare: Handler<'unshare'> = (task, { flags: wide }) => {
  const flags = wide | 0
  if (wide > 0xffff_ffff || (flags & ~KNOWN) !== 0) throw EINVAL
  const alone = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER
  if ((flags & alone) !== 0 && task.group.tasks.size > 1) throw EINVAL
  if ((flags & (CLONE_SIGHAND | CLONE_VM)) !== 0 && task.mm.shared) throw EINVAL
  const creds = credentialsForFlags(task, flags)
  checkNamespaces(creds, flags)
  let childPids = task.childPidNamespace
  if ((flags & CLONE_NEWPID) !== 0) {
    if (childPids !== task.pidNamespace) throw EINVAL
    childPids = newPidNamespace(childPids, creds)
  }
  const namespaces = newNamespaces(task, flags, creds)
  if (creds !== task.creds) changeCredentials(task, creds)
  if ((flags & (CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) !== 0) task.fs = task.fs.fork()
  if ((flags & CLONE_FILES) !== 0 && task.fds.shared) {
    const own = task.fds.fork()
    task.fds.drop()
    task.fds = own
  }
  // What other threads may still undo stays.
  if ((flags & (CLONE_NEWIPC | CLONE_SYSVSEM)) !== 0 && task.group.tasks.size === 1)
    exitSemaphores(task)
  if ((flags & CLONE_NEWNS) !== 0) task.kernel.newMountNamespace(task)
  if (namespaces !== task.namespaces) task.enterNamespaces(namespaces)
  task.childPidNamespace = childPids
  return 0
}

/**
 * Joins the namespace of an open file of /proc/PID/ns, or those in `nstype` of the process behind a pidfd.
 * Errors: EBADF, EINVAL, EPERM, ESRCH, EUSERS.
 */
export const setns: Handler<'setns'> = (task, { fd, nstype }) => {
  const file = task.fds.get(fd)
  if (file instanceof NamespaceFile) joinNamespace(task, file, nstype)
  else if (file instanceof PidFile) joinNamespaces(task, file.pid, nstype)
  else throw EINVAL
  return 0
}
