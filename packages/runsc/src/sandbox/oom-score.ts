// process.oomScoreAdj for the sandbox's own processes: whom the host kills first when memory is short. (runsc)

import { writeFileSync } from 'node:fs'

/** To make a process less likely to be killed takes a right: without it, it stays as likely as it was. */
export function setOomScoreAdj(pid: number, adjustment: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(adjustment))
  } catch {
    // Not permitted, or the process has ended, which others notice.
  }
}
