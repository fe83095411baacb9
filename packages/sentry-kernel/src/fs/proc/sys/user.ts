// /proc/sys/user: how many of each kind a user may have. (fs/proc)
// Documentation/admin-guide/sysctl/user.rst; namespaces(7).

import type { Kernel } from '../../../kernel/kernel.ts'
import { type Declarations, number, sysctl } from './sysctl.ts'

const MAX_NAMESPACES = 95_000

export const userControls: Declarations = {
  max_cgroup_namespaces: number(MAX_NAMESPACES),
  max_inotify_instances: number(128),
  max_inotify_watches: number(180_000),
  max_ipc_namespaces: number(MAX_NAMESPACES),
  max_mnt_namespaces: number(MAX_NAMESPACES),
  max_net_namespaces: number(MAX_NAMESPACES),
  max_pid_namespaces: number(MAX_NAMESPACES),
  max_user_namespaces: number(0),
  max_uts_namespaces: number(MAX_NAMESPACES),
}

/** Namespaces that hold more than the process that is in them. */
export const maxNamespaces = (kernel: Kernel, kind: 'ipc'): number =>
  sysctl(kernel, `user/max_${kind}_namespaces`, MAX_NAMESPACES)
