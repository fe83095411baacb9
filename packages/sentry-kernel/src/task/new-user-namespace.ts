// Making user namespaces: who may, and how many. (task)
// Linux kernel/user_namespace.c: create_user_ns; kernel/ucount.c.

import { CAP_SETFCAP, CLONE_NEWUSER, ENOSPC, EPERM } from '@tsvisor/abi'
import { maxUserNamespaces } from '../fs/proc/sys/user.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import { samePlace } from '../vfs/path.ts'
import { type Credentials, credentialsIn, hasOwnCapability } from './credentials.ts'
import type { Task } from './task.ts'
import type { UserNamespace } from './user-namespace.ts'

const DEEPEST = 32

/** The credentials that CLONE_NEWUSER among `flags` gives; else those of the task. Errors: ENOSPC, EPERM. */
export function credentialsForFlags(task: Task, flags: number): Credentials {
  const { creds, kernel } = task
  if ((flags & CLONE_NEWUSER) === 0) return creds
  const { userNamespace: parent, euid, egid } = creds
  if (parent.level > DEEPEST) throw ENOSPC
  const known = namespaces(kernel)
  known.checkRoom(task)
  if (!samePlace(task.fs.root, task.mounts.rootPath)) throw EPERM
  if (!parent.knows({ uid: euid, gid: egid })) throw EPERM
  const made = parent.fork(euid, egid, hasOwnCapability(creds, CAP_SETFCAP))
  known.add(made)
  return credentialsIn(creds, made)
}

/** Those of a kernel but for the first. Nobody counts their users: who is counted too many is looked for. */
class UserNamespaces {
  #all = new Set<UserNamespace>()
  /** At how many to look for those that are gone. */
  #sweepAt = 64
  #tasks: () => Iterable<Task>

  constructor(tasks: () => Iterable<Task>) {
    this.#tasks = tasks
  }
  add(namespace: UserNamespace): void {
    this.#all.add(namespace)
    if (this.#all.size < this.#sweepAt) return
    this.#sweep()
    this.#sweepAt = 64 + 2 * this.#all.size
  }

  /** Whether the user may have one more, and who made the namespace that he is in, and so on. Errors: ENOSPC. */
  checkRoom({ creds, kernel }: Task): void {
    let maker = creds.euid
    for (let at: UserNamespace | undefined = creds.userNamespace; at; at = at.parent) {
      const most = maxUserNamespaces(kernel, at)
      if (this.#all.size >= most) {
        this.#sweep()
        if (this.#count(at, maker) >= most) throw ENOSPC
      }
      maker = at.owner
    }
  }
  /** Those that a user made in a namespace, with those made in them. */
  #count(inside: UserNamespace, maker: number): number {
    let count = 0
    for (const each of this.#all) {
      let at = each
      while (at.parent !== undefined && at.parent !== inside) at = at.parent
      if (at.parent === inside && at.owner === maker) count++
    }
    return count
  }

  #sweep(): void {
    const used = new Set<UserNamespace>()
    const use = (namespace: UserNamespace): void => {
      for (let at: UserNamespace | undefined = namespace; at && !used.has(at); at = at.parent)
        used.add(at)
    }
    for (const each of this.#all) if (each.isOpen) use(each)
    for (const { creds, mounts, namespaces, pidNamespace } of this.#tasks()) {
      use(creds.userNamespace)
      use(mounts.userNamespace)
      use(pidNamespace.userNamespace)
      for (const { userNamespace } of Object.values(namespaces)) use(userNamespace)
    }
    for (const each of this.#all) if (!used.has(each)) this.#all.delete(each)
  }
}

const namespaces = kernelLocal(
  ({ rootPidNamespace }) => new UserNamespaces(() => rootPidNamespace.tasks()),
)
