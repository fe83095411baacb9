// Asking the device programs of a task's control group. (bpf)
// Linux kernel/bpf/cgroup.c: __cgroup_bpf_check_dev_permission.

import { BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR, EPERM, major, minor, S_IFCHR } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { effective } from './group-programs.ts'

/** `type` is S_IFCHR or S_IFBLK, `access` of BPF_DEVCG_ACC_*. Errors: EPERM when one of them says no. */
export function askPrograms({ cgroups }: Task, type: number, rdev: number, access: number): void {
  const { unified, attachedPrograms } = cgroups.groups
  if (attachedPrograms === 0) return
  const device = type === S_IFCHR ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK
  const asked = [((access << 16) | device) >>> 0, major(rdev), minor(rdev)] as const
  // One that is in many groups says the same each time.
  for (const program of new Set(effective(cgroups.in(unified))))
    if (!program.allows(asked)) throw EPERM
}
