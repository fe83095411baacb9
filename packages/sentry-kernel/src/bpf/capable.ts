// Who may use bpf(2). (bpf)
// Linux include/linux/capability.h: bpf_capable; kernel/bpf/token.c: bpf_token_capable.

import { CAP_BPF, CAP_NET_ADMIN, CAP_SYS_ADMIN, EPERM } from '@tsvisor/abi'
import { sysctl } from '../fs/proc/sys/sysctl.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'

/** /proc/sys: 1 and 2 keep everybody without CAP_BPF out. */
export const UNPRIVILEGED_BPF_DISABLED = 'kernel/unprivileged_bpf_disabled'
export const DISABLED_BY_DEFAULT = 2

export const isBpfCapable = ({ creds }: Task): boolean =>
  hasCapability(creds, CAP_BPF) || hasCapability(creds, CAP_SYS_ADMIN)

export const mayNetwork = ({ creds }: Task): boolean =>
  hasCapability(creds, CAP_NET_ADMIN) || hasCapability(creds, CAP_SYS_ADMIN)

/** Whether with a capability. Errors: EPERM for those who may not at all. */
export function checkMayMake(task: Task): boolean {
  const isCapable = isBpfCapable(task)
  if (!isCapable && sysctl(task.kernel, UNPRIVILEGED_BPF_DISABLED, DISABLED_BY_DEFAULT) !== 0)
    throw EPERM
  return isCapable
}
