// An open namespace: for setns(2), and for questions about it. (fs/nsfs)
// Linux fs/nsfs.c: ns_ioctl; ioctl_ns(2).

import {
  type Addr,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  EINVAL,
  ENOTTY,
  EPERM,
  NS_GET_NSTYPE,
  NS_GET_OWNER_UID,
  NS_GET_PARENT,
  NS_GET_USERNS,
  O_RDONLY,
} from '@tsvisor/abi'
import { installNew } from '../../syscalls/install-fd.ts'
import type { PidNamespace } from '../../task/pid-namespace.ts'
import type { Task } from '../../task/task.ts'
import { UserNamespace } from '../../task/user-namespace.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import { internalPlace } from '../proc/internal-mount.ts'
import type { Namespace, NamespaceInode, NamespaceKind } from './namespace.ts'

/** The CLONE_NEW* that makes one. */
export const CLONE_FLAG: Readonly<Record<NamespaceKind, number>> = {
  cgroup: CLONE_NEWCGROUP,
  ipc: CLONE_NEWIPC,
  mnt: CLONE_NEWNS,
  net: CLONE_NEWNET,
  pid: CLONE_NEWPID,
  time: CLONE_NEWTIME,
  user: CLONE_NEWUSER,
  uts: CLONE_NEWUTS,
}

export class NamespaceFile extends FileDescription {
  declare readonly inode: NamespaceInode

  constructor(inode: NamespaceInode, path: Path, flags: number) {
    super(inode, path, flags)
    const { kind, namespace } = inode.which
    if (kind === 'ipc') namespace.hold()
    else if (kind === 'mnt') namespace.share()
    else if (kind === 'user') namespace.openFiles++
  }
  protected override close(): void {
    const { kind, namespace } = this.inode.which
    if (kind === 'ipc' || kind === 'mnt') namespace.drop()
    else if (kind === 'user') namespace.openFiles--
  }
  override label(): string {
    return this.inode.label
  }

  /** Errors: ENOTTY, EINVAL, EPERM (out of the caller's sight), EMFILE. */
  override ioctl(task: Task, request: number, arg: number): number {
    const { which } = this.inode
    switch (request) {
      case NS_GET_NSTYPE:
        return CLONE_FLAG[which.kind]
      case NS_GET_USERNS:
        return this.#install(task, { kind: 'user', namespace: ownerOf(task, which) })
      case NS_GET_PARENT:
        if (which.kind === 'user')
          return this.#install(task, { kind: 'user', namespace: ownerOf(task, which) })
        if (which.kind !== 'pid') throw EINVAL
        return this.#install(task, { kind: 'pid', namespace: parentOf(task, which.namespace) })
      case NS_GET_OWNER_UID:
        if (which.kind !== 'user') throw EINVAL
        task.mm.writeU32(arg as Addr, task.creds.userNamespace.uids.shown(which.namespace.owner))
        return 0
      default:
        throw ENOTTY
    }
  }

  /** A descriptor for a namespace that this one has led to. */
  #install(task: Task, which: Namespace): number {
    const inode = this.inode.inodeOf(task.kernel, which)
    const place = internalPlace(task.kernel, inode)
    return installNew(task, new NamespaceFile(inode, place, O_RDONLY), true)
  }
}

/** Only what is inside of the caller's own is shown (pidns_get_parent). Errors: EPERM. */
function parentOf(task: Task, { parent }: PidNamespace): PidNamespace {
  for (let each = parent; each !== undefined; each = each.parent)
    if (each === task.pidNamespace) return parent!
  throw EPERM
}

/** The user namespace that it belongs to, or was made in (ns_get_owner). Errors: EPERM for one further out. */
function ownerOf({ creds }: Task, { kind, namespace }: Namespace): UserNamespace {
  let owner: UserNamespace | undefined
  if (kind === 'user') owner = namespace.parent
  else owner = kind === 'time' ? UserNamespace.FIRST : namespace.userNamespace
  if (owner === undefined || !owner.isWithin(creds.userNamespace)) throw EPERM
  return owner
}
