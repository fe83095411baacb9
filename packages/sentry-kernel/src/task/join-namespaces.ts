// Joining namespaces that others are in: setns. (task)
// Linux kernel/nsproxy.c: validate_ns, validate_nsset, and the `install` of each kind.

import {
  CAP_SYS_ADMIN,
  CAP_SYS_CHROOT,
  CLONE_NEWNS,
  EINVAL,
  EPERM,
  ESRCH,
  EUSERS,
} from '@tsvisor/abi'
import { type Namespace, type NamespaceKind, namespaceOf } from '../fs/nsfs/namespace.ts'
import { CLONE_FLAG, type NamespaceFile } from '../fs/nsfs/namespace-file.ts'
import { exitSemaphores } from '../ipc/semaphore-exit.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import { changeCredentials } from './change-credentials.ts'
import {
  type Credentials,
  credentialsIn,
  hasCapabilityIn,
  hasOwnCapability,
} from './credentials.ts'
import { mayPtrace } from './permission.ts'
import type { Pid, PidNamespace } from './pid-namespace.ts'
import type { Task } from './task.ts'
import { UserNamespace } from './user-namespace.ts'

/** In the order in which they are joined (validate_nsset). */
const KINDS: readonly NamespaceKind[] = [
  ...(['user', 'mnt', 'uts', 'ipc', 'pid', 'cgroup', 'net', 'time'] as const),
]
const ALL = KINDS.reduce((flags, kind) => flags | CLONE_FLAG[kind], 0)

/** `nstype`: the CLONE_NEW* that the file must be of, or 0. Errors: EINVAL, EPERM, EUSERS. */
export function joinNamespace(task: Task, { inode: { which } }: NamespaceFile, nstype: number) {
  const flag = CLONE_FLAG[which.kind]
  if (nstype !== 0 && nstype !== flag) throw EINVAL
  check(task, which, flag, task.creds)
  enter(task, which)
}

/** All or none. Errors: EINVAL, EPERM (no ptrace access too), ESRCH, EUSERS. */
export function joinNamespaces(task: Task, pid: Pid, flags: number): void {
  if (flags === 0 || (flags & ~ALL) !== 0) throw EINVAL
  const target = pid.task
  if (target === undefined) throw ESRCH
  if (!mayPtrace(task, target)) throw EPERM
  if (target.state === 'dead') throw ESRCH
  const wanted = KINDS.filter(kind => (flags & CLONE_FLAG[kind]) !== 0).map(kind =>
    namespaceOf(target, kind),
  )
  let { creds } = task
  for (const each of wanted) {
    check(task, each, flags, creds)
    // What it may do next it may do as who it is then.
    if (each.kind === 'user') creds = credentialsIn(creds, each.namespace)
  }
  for (const each of wanted) enter(task, each)
}

/** Whether `task` may join it as `creds`, together with the others in `flags`. */
function check(
  task: Task,
  { kind, namespace }: Namespace,
  flags: number,
  creds: Credentials,
): void {
  if (kind === 'user') {
    checkUsers(task, namespace)
    return
  }
  if (kind === 'time' && task.group.tasks.size > 1) throw EUSERS
  const owner = kind === 'time' ? UserNamespace.FIRST : namespace.userNamespace
  if (!hasCapabilityIn(creds, owner, CAP_SYS_ADMIN)) throw EPERM
  if (!hasOwnCapability(creds, CAP_SYS_ADMIN)) throw EPERM
  if (kind === 'mnt') {
    if (!hasOwnCapability(creds, CAP_SYS_CHROOT)) throw EPERM
    // With others, the place in the tree becomes the task's own first.
    if (flags === CLONE_NEWNS && sharesPlace(task)) throw EINVAL
  }
  if (kind === 'pid' && !isWithin(namespace, task.pidNamespace)) throw EINVAL
}

/** Errors: EINVAL (it is in there; not alone with its place in the tree), EPERM (userns_install). */
function checkUsers(task: Task, namespace: UserNamespace): void {
  // Else one could take back the capabilities that one gave up.
  if (namespace === task.creds.userNamespace) throw EINVAL
  if (task.group.tasks.size > 1 || sharesPlace(task)) throw EINVAL
  if (!hasCapabilityIn(task.creds, namespace, CAP_SYS_ADMIN)) throw EPERM
}

function enter(task: Task, { kind, namespace }: Namespace): void {
  switch (kind) {
    case 'mnt':
      enterMounts(task, namespace)
      return
    case 'pid':
      task.childPidNamespace = namespace
      return
    case 'user':
      changeCredentials(task, credentialsIn(task.creds, namespace))
      return
    case 'time':
      return
    case 'ipc':
      if (task.group.tasks.size === 1) exitSemaphores(task)
  }
  task.enterNamespaces({ ...task.namespaces, [kind]: namespace })
}

function enterMounts(task: Task, mounts: MountNamespace): void {
  const joined = mounts.share()
  task.mounts.drop()
  task.mounts = joined
  task.fs = task.fs.fork()
  task.fs.root = joined.rootPath
  task.fs.cwd = joined.rootPath
}

/** CLONE_FS: root and working directory are another task's, too. */
function sharesPlace(task: Task): boolean {
  for (const other of task.kernel.rootPidNamespace.tasks())
    if (other !== task && other.fs === task.fs && other.state !== 'dead') return true
  return false
}

function isWithin(inner: PidNamespace, outer: PidNamespace): boolean {
  for (let each: PidNamespace | undefined = inner; each !== undefined; each = each.parent)
    if (each === outer) return true
  return false
}
