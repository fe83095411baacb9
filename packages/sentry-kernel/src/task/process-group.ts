// Process groups: jobs. (task)

import type { Pid } from './pid-namespace.ts'
import type { Session } from './session.ts'
import type { ThreadGroup } from './thread-group.ts'

export class ProcessGroup {
  readonly pid: Pid
  readonly session: Session
  readonly members = new Set<ThreadGroup>()

  constructor(pid: Pid, session: Session) {
    this.pid = pid
    this.session = session
    pid.processGroup = this
    session.groups.add(this)
  }

  /** Moves a process here; an old group without members is given up. */
  join(group: ThreadGroup): void {
    const old = group.processGroup
    if (old === this) return
    this.members.add(group)
    group.processGroup = this
    old?.leave(group)
  }
  leave(group: ThreadGroup): void {
    this.members.delete(group)
    if (this.members.size > 0) return
    this.pid.processGroup = undefined
    this.pid.releaseIfUnused()
    const { session } = this
    session.groups.delete(this)
    if (session.tty?.foreground === this) session.tty.foreground = undefined
    if (session.groups.size === 0) {
      session.pid.session = undefined
      session.pid.releaseIfUnused()
    }
  }

  /**
   * Whether no member has a parent in another group of the same session: nobody could continue it
   * (POSIX "orphaned"; Linux will_become_orphaned_pgrp). `without` is left out of the count.
   */
  orphaned(without?: ThreadGroup): boolean {
    for (const group of this.members) {
      if (group === without || group.ended || group.isNamespaceInit) continue
      const parent = group.parent?.processGroup
      if (parent && parent !== this && parent.session === this.session) return false
    }
    return true
  }
  get hasStopped(): boolean {
    for (const group of this.members) if (group.stopped) return true
    return false
  }
}
