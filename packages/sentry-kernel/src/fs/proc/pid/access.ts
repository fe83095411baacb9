// Who may look into a process through /proc. (fs/proc)
// Linux kernel/ptrace.c:__ptrace_may_access with PTRACE_MODE_FSCREDS; fs/proc/base.c:task_dump_owner.

import { CAP_SYS_PTRACE } from '@tsvisor/abi'
import { hasCapability } from '../../../task/credentials.ts'
import type { Task } from '../../../task/task.ts'
import type { Owner } from '../../../vfs/inode.ts'

const SUID_DUMP_USER = 1
const ROOT: Owner = { uid: 0, gid: 0 }

/** Whether `reader` may see what is private to `target`: the file system ids and effective capabilities count. */
export function mayInspect(reader: Task, target: Task): boolean {
  if (reader.group === target.group) return true
  const { fsuid, fsgid, capabilities } = reader.creds
  const other = target.creds
  if (hasCapability(reader.creds, CAP_SYS_PTRACE)) return true
  const same =
    fsuid === other.uid &&
    fsuid === other.euid &&
    fsuid === other.suid &&
    fsgid === other.gid &&
    fsgid === other.egid &&
    fsgid === other.sgid
  if (!same) return false
  if (target.state !== 'dead' && target.group.dumpable !== SUID_DUMP_USER) return false
  return (other.capabilities.permitted & ~capabilities.effective) === 0n
}

/** Who owns the files of a task: root unless it may be dumped. */
export function dumpOwner(task: Task): Owner {
  if (task.state === 'dead' || task.group.dumpable !== SUID_DUMP_USER) return ROOT
  return { uid: task.creds.euid, gid: task.creds.egid }
}
