// What looks after a limit of a group. (cgroup)

/** Idle as long as no task of the group runs guest code. */
export interface Watch {
  /** A task of the group, or of one below, is about to run guest code. */
  noteRun(): void
}
