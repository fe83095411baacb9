// The files of the pids controller, the same in both generations. (fs/cgroup)
// Linux kernel/cgroup/pids.c.

import { EINVAL } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { type FileNode, file, knob } from '../kernfs/node.ts'
import { cgroupLimits, orMax } from './limits.ts'

/** PID_MAX_LIMIT */
const PIDS_MAX = 4_194_304

export function pidsFiles(kernel: Kernel, group: Cgroup): Record<string, FileNode> {
  const isRoot = group.parent === undefined
  return {
    'pids.current': file(() => `${group.taskCount}\n`),
    'pids.events': file(() => `max ${group.refusals}\n`),
    // What the container as a whole may have is not the guest's to change.
    'pids.max': isRoot
      ? file(() => `${orMax(cgroupLimits(kernel).tasks)}\n`)
      : knob(
          () => `${orMax(group.maxTasks)}\n`,
          (_task, text) => {
            group.maxTasks = parseLimit(text)
          },
        ),
    'pids.peak': file(() => `${group.peakTaskCount}\n`),
  }
}

/** Errors: EINVAL. */
function parseLimit(text: string): number {
  const word = text.trim()
  if (word === 'max') return Number.POSITIVE_INFINITY
  if (!/^\+?\d+$/.test(word) || Number(word) > PIDS_MAX) throw EINVAL
  return Number(word)
}
