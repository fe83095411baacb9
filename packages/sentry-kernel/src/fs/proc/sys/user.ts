// /proc/sys/user: how many of each kind a user may have. (fs/proc)
// Documentation/admin-guide/sysctl/user.rst; namespaces(7); Linux kernel/ucount.c.

import { CAP_SYS_RESOURCE, EACCES } from '@tsvisor/abi'
import type { Kernel } from '../../../kernel/kernel.ts'
import { hasOwnCapability } from '../../../task/credentials.ts'
import type { Task } from '../../../task/task.ts'
import type { UserNamespace } from '../../../task/user-namespace.ts'
import { type Declaration, type Declarations, kept, setSysctlValue, sysctl } from './sysctl.ts'

const MAX_NAMESPACES = 95_000
/** Each may have a map of hundreds of ranges, which is memory of this kernel. */
const MAX_USER_NAMESPACES = 4096
const INT_MAX = 0x7fff_ffff

/** Each user namespace has limits of its own, beside those of the ones around it. */
const most = (kernel: Kernel, namespace: UserNamespace, path: string, initial: number): number =>
  namespace.level === 0 ? sysctl(kernel, path, initial) : (namespace.limits.get(path) ?? INT_MAX)

/** The reader's; whoever holds CAP_SYS_RESOURCE there may set it (set_permissions). */
const limit =
  (initial: number): Declaration =>
  (kernel, path) => {
    const maySet = ({ creds }: Task): boolean => hasOwnCapability(creds, CAP_SYS_RESOURCE)
    const node = kept(
      ({ creds }) => most(kernel, creds.userNamespace, path, initial),
      ({ creds: { userNamespace } }, value) => {
        if (userNamespace.level === 0) setSysctlValue(kernel, path, value)
        else userNamespace.limits.set(path, value)
      },
    )(kernel, path)
    return {
      ...node,
      grants: maySet,
      refuse: (task, mask) => (mask & 2 && !maySet(task) ? EACCES : undefined),
    }
  }

export const userControls: Declarations = {
  max_cgroup_namespaces: limit(MAX_NAMESPACES),
  max_inotify_instances: limit(128),
  max_inotify_watches: limit(180_000),
  max_ipc_namespaces: limit(MAX_NAMESPACES),
  max_mnt_namespaces: limit(MAX_NAMESPACES),
  max_net_namespaces: limit(MAX_NAMESPACES),
  max_pid_namespaces: limit(MAX_NAMESPACES),
  max_user_namespaces: limit(MAX_USER_NAMESPACES),
  max_uts_namespaces: limit(MAX_NAMESPACES),
}

/** Namespaces that hold more than the process that is in them. */
export const maxNamespaces = (kernel: Kernel, kind: 'ipc'): number =>
  sysctl(kernel, `user/max_${kind}_namespaces`, MAX_NAMESPACES)

/** Of what a user may make in `namespace`. */
export const maxUserNamespaces = (kernel: Kernel, namespace: UserNamespace): number =>
  most(kernel, namespace, 'user/max_user_namespaces', MAX_USER_NAMESPACES)
