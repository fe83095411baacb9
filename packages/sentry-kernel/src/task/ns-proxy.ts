// The namespaces that a task changes one by one, without its memory or files. (task)
// Linux include/linux/nsproxy.h. Mount and PID namespaces are members of the task itself.

import type { CgroupNamespace } from '../cgroup/cgroup-namespace.ts'
import type { ControlGroups } from '../cgroup/control-groups.ts'
import { type IpcNamespace, initialIpc } from '../ipc/ipc-namespace.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { UtsNamespace } from '../kernel/uts.ts'
import { initialNet, type NetNamespace } from '../socket/net-namespace.ts'

/** Immutable: a change replaces the object, so that tasks share it as long as they agree. */
export interface NsProxy {
  readonly uts: UtsNamespace
  readonly ipc: IpcNamespace
  readonly net: NetNamespace
  readonly cgroup: CgroupNamespace
}

/** What a process starts with that nobody started in others. */
export const initialNamespaces = (kernel: Kernel, groups: ControlGroups): NsProxy => ({
  uts: kernel.uts,
  ipc: initialIpc(kernel),
  net: initialNet(kernel),
  cgroup: groups.initialNamespace,
})
