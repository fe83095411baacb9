// The device programs of one control group. (bpf)
// Linux include/linux/bpf-cgroup-defs.h: struct cgroup_bpf.

import type { LoadedProgram } from './loaded-program.ts'

export class AttachedPrograms {
  readonly programs: LoadedProgram[] = []
  /** With which they were attached: BPF_F_ALLOW_MULTI, BPF_F_ALLOW_OVERRIDE or none. */
  flags = 0

  /** The group is gone. Returns how many there were. */
  releaseAll(): number {
    const gone = this.programs.splice(0)
    for (const program of gone) program.release()
    return gone.length
  }
}
