// Who may look into a process through /proc. (fs/proc)
// Linux kernel/ptrace.c:__ptrace_may_access with PTRACE_MODE_FSCREDS; fs/proc/base.c:task_dump_owner.

import { CAP_SYS_PTRACE } from '@tsvisor/abi'
import { hasCapabilityIn } from '../../../task/credentials.ts'
import { isCoveredHere } from '../../../task/permission.ts'
import type { Task } from '../../../task/task.ts'
import type { Owner } from '../../../vfs/inode.ts'

const SUID_DUMP_USER = 1
const ROOT: Owner = { uid: 0, gid: 0 }

/** Whether `reader` may see what is private to `target`: the file system ids and effective capabilities count. */
export function mayInspect(reader: Task, target: Task): boolean {
  if (reader.group === target.group) return true
  const { fsuid, fsgid, capabilities } = reader.creds
  const other = target.creds
  const capable = hasCapabilityIn(reader.creds, other.userNamespace, CAP_SYS_PTRACE)
  const same =
    fsuid === other.uid &&
    fsuid === other.euid &&
    fsuid === other.suid &&
    fsgid === other.gid &&
    fsgid === other.egid &&
    fsgid === other.sgid
  if (!same && !capable) return false
  if (target.state !== 'dead' && target.group.dumpable !== SUID_DUMP_USER) {
    const { userNamespace } = target.mm
    if (!hasCapabilityIn(reader.creds, userNamespace, CAP_SYS_PTRACE)) return false
  }
  return capable || isCoveredHere(other, reader.creds, capabilities.effective)
}

/** Who owns the files of a task: root of where its memory was made unless it may be dumped. */
export function dumpOwner(task: Task): Owner {
  if (task.state === 'dead') return ROOT
  if (task.group.dumpable !== SUID_DUMP_USER) {
    const { rootUid, rootGid } = task.mm.userNamespace
    return { uid: rootUid, gid: rootGid }
  }
  return { uid: task.creds.euid, gid: task.creds.egid }
}
