// Scheduling parameters that a program can set and read back. (task)

/** Kept and inherited; the host schedules guest threads as it likes. */
export class TaskScheduling {
  /** SCHED_* */
  policy: number
  priority: number
  nice: number
  resetOnFork: boolean
  /** Allowed CPUs: bit n is CPU n. */
  affinity: Uint8Array
  /** ioprio_set(2); 0 is IOPRIO_CLASS_NONE. */
  ioPriority: number

  constructor(like?: TaskScheduling) {
    const reset = like?.resetOnFork ?? false
    const realtime = like !== undefined && (like.policy === 1 || like.policy === 2)
    this.policy = like === undefined || (reset && realtime) ? 0 : like.policy
    this.priority = like === undefined || reset ? 0 : like.priority
    this.nice = like === undefined || (reset && like.nice < 0) ? 0 : like.nice
    this.resetOnFork = false
    this.affinity = like ? like.affinity.slice() : new Uint8Array(0)
    this.ioPriority = like?.ioPriority ?? 0
  }
}
