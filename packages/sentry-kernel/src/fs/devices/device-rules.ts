// Which devices the processes of a container may use: the rules of cgroups' device controller, and the programs
// of their control group. (fs/devices)
// Linux security/device_cgroup.c; runtime-spec config-linux.md, "Allowed Device list".

import {
  BPF_DEVCG_ACC_MKNOD,
  BPF_DEVCG_ACC_READ,
  BPF_DEVCG_ACC_WRITE,
  EPERM,
  major,
  minor,
  O_ACCMODE,
  O_RDONLY,
  O_WRONLY,
  S_IFBLK,
  S_IFCHR,
} from '@tsvisor/abi'
import { askPrograms } from '../../bpf/ask-programs.ts'
import type { Task } from '../../task/task.ts'
import type { Inode } from '../../vfs/inode.ts'
import { MAY_READ, MAY_WRITE } from '../../vfs/permission.ts'

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

const READ_WRITE = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE
const LETTERS = [
  [BPF_DEVCG_ACC_READ, 'r'],
  [BPF_DEVCG_ACC_WRITE, 'w'],
  [BPF_DEVCG_ACC_MKNOD, 'm'],
] as const

/** open(2); `type` is S_IFCHR or S_IFBLK. Errors: EPERM. */
export function checkDeviceOpen(task: Task, type: number, rdev: number, flags: number): void {
  // Nothing is behind the number of a whiteout.
  if (rdev === 0) return
  const mode = flags & O_ACCMODE
  const access =
    mode === O_RDONLY ? BPF_DEVCG_ACC_READ : mode === O_WRONLY ? BPF_DEVCG_ACC_WRITE : READ_WRITE
  check(task, type, rdev, access)
}

/** access(2) of whatever it is; `mask` of MAY_*, 0 too: programs are asked of that as well. Errors: EPERM. */
export function checkDeviceAccess(task: Task, inode: Inode, mask: number): void {
  const { type } = inode
  if (type !== S_IFCHR && type !== S_IFBLK) return
  const { rdev } = inode.attr()
  const read = mask & MAY_READ ? BPF_DEVCG_ACC_READ : 0
  const write = mask & MAY_WRITE ? BPF_DEVCG_ACC_WRITE : 0
  if (rdev !== 0) check(task, type, rdev, read | write)
}

/** mknod(2); `type` is S_IFCHR or S_IFBLK. Errors: EPERM. */
export function checkDeviceNode(task: Task, type: number, rdev: number): void {
  // A whiteout, which anybody may make.
  if (type === S_IFCHR && rdev === 0) return
  check(task, type, rdev, BPF_DEVCG_ACC_MKNOD)
}

/** Of the container's rules the last one about a device decides; without any it may be used. */
function check(task: Task, type: number, rdev: number, access: number): void {
  askPrograms(task, type, rdev, access)
  const { container } = task
  if (container === undefined) return
  const kind = type === S_IFCHR ? 'c' : 'b'
  for (const [bit, letter] of LETTERS) {
    if (!(access & bit)) continue
    const rule = container.deviceRules.findLast(
      it =>
        (it.type === 'a' || it.type === kind) &&
        (it.major === -1 || it.major === major(rdev)) &&
        (it.minor === -1 || it.minor === minor(rdev)) &&
        it.access.includes(letter),
    )
    if (rule?.allow === false) throw EPERM
  }
}
