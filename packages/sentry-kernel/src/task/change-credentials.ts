// Becoming somebody else, for a running program. (task)
// Linux kernel/cred.c: commit_creds.

import { type Credentials, isCovered } from './credentials.ts'
import type { Task } from './task.ts'

/** Who might do more now is no more to be looked into by others, nor killed by its parent's end. */
export function changeCredentials(task: Task, next: Credentials): void {
  const old = task.creds
  if (
    old.euid !== next.euid ||
    old.egid !== next.egid ||
    old.fsuid !== next.fsuid ||
    old.fsgid !== next.fsgid ||
    !isCovered(next, old)
  ) {
    task.group.dumpable = 0
    task.group.deathSignal = 0
  }
  task.creds = next
}
