// Which devices the processes of a container may use: the rules of cgroups' device controller. (fs/devices)
// Linux security/device_cgroup.c; runtime-spec config-linux.md, "Allowed Device list".

import { EPERM, major, minor, O_ACCMODE, O_RDONLY, O_WRONLY, S_IFCHR } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'

export interface DeviceRule {
  readonly allow: boolean
  /** `a`: of both types. */
  readonly type: 'a' | 'b' | 'c'
  /** -1: all of them. */
  readonly major: number
  readonly minor: number
  /** Read, write, mknod. */
  readonly access: string
}

/** `type` is S_IFCHR or S_IFBLK. Errors: EPERM. */
export function checkDeviceOpen(task: Task, type: number, rdev: number, flags: number): void {
  const mode = flags & O_ACCMODE
  check(task, type, rdev, mode === O_RDONLY ? 'r' : mode === O_WRONLY ? 'w' : 'rw')
}

/** Likewise. Errors: EPERM. */
export const checkDeviceNode = (task: Task, type: number, rdev: number): void =>
  check(task, type, rdev, 'm')

/** The last rule about a device decides; without any it may be used. */
function check({ container }: Task, type: number, rdev: number, wanted: string): void {
  if (container === undefined) return
  const letter = type === S_IFCHR ? 'c' : 'b'
  for (const access of wanted) {
    const rule = container.deviceRules.findLast(
      it =>
        (it.type === 'a' || it.type === letter) &&
        (it.major === -1 || it.major === major(rdev)) &&
        (it.minor === -1 || it.minor === minor(rdev)) &&
        it.access.includes(access),
    )
    if (rule?.allow === false) throw EPERM
  }
}
