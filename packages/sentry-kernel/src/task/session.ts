// Sessions: the process groups of one login, and their terminal. (task)

import type { Pid } from './pid-namespace.ts'
import type { ProcessGroup } from './process-group.ts'
import type { ThreadGroup } from './thread-group.ts'

/** What the session needs of its terminal; implemented by the tty driver. */
export interface ControllingTty {
  foreground: ProcessGroup | undefined
  /** The session leader exited: its foreground job gets SIGHUP and the terminal is free (disassociate_ctty). */
  leaderExited(): void
}

export class Session {
  readonly pid: Pid
  /** Undefined once it has exited. */
  leader: ThreadGroup | undefined
  tty: ControllingTty | undefined
  readonly groups = new Set<ProcessGroup>()

  constructor(pid: Pid, leader: ThreadGroup | undefined) {
    this.pid = pid
    this.leader = leader
    pid.session = this
  }
}
