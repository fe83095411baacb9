// /proc/PID/oom_score, oom_score_adj, oom_adj. (fs/proc)
// Linux fs/proc/base.c: proc_oom_score, __set_oom_adj.

import { CAP_SYS_RESOURCE, EACCES, EINVAL } from '@tsvisor/abi'
import { PAGE_SIZE } from '../../../platform/platform.ts'
import { hasCapability } from '../../../task/credentials.ts'
import type { Task } from '../../../task/task.ts'
import { knob, parseInteger } from '../../kernfs/node.ts'
import { type Entry, type Subject, shown } from './subject.ts'

const ADJ_MAX = 1000
/** The old scale: -17 (never) to 15. */
const OLD_DISABLE = -17
const OLD_MAX = 15

/** Linux's oom_badness, on the scale 0…2000 that the file shows (two thirds of it for most). */
function score(task: Task): number {
  if (task.state === 'dead') return 0
  const { oomScoreAdj } = task.group
  if (oomScoreAdj === -ADJ_MAX) return 0
  const totalPages = Math.floor(task.kernel.memoryBytes / PAGE_SIZE)
  const resident = task.mm.space.residentBytes() / PAGE_SIZE
  const points = resident + (oomScoreAdj * totalPages) / ADJ_MAX
  return Math.max(0, Math.floor(((ADJ_MAX + (points * ADJ_MAX) / totalPages) * 2) / 3))
}

export const oomScore: Entry = shown(task => `${score(task)}\n`)

/** Errors: EACCES for less than before without CAP_SYS_RESOURCE. */
function setAdj(writer: Task, subject: Subject, value: number): void {
  const { group } = subject.task
  if (value < group.oomScoreAdjMin && !hasCapability(writer.creds, CAP_SYS_RESOURCE)) throw EACCES
  group.oomScoreAdj = value
  if (hasCapability(writer.creds, CAP_SYS_RESOURCE)) group.oomScoreAdjMin = value
}

export const oomScoreAdj: Entry = subject =>
  knob(
    () => `${subject.task.group.oomScoreAdj}\n`,
    (writer, text) => {
      const value = parseInteger(text)
      if (value < -ADJ_MAX || value > ADJ_MAX) throw EINVAL
      setAdj(writer, subject, value)
    },
    0o644,
    { owner: subject.owner },
  )

export const oomAdj: Entry = subject =>
  knob(
    () => {
      const { oomScoreAdj: now } = subject.task.group
      if (now === ADJ_MAX) return `${OLD_MAX}\n`
      return `${Math.trunc((now * -OLD_DISABLE) / ADJ_MAX)}\n`
    },
    (writer, text) => {
      const value = parseInteger(text)
      if ((value < OLD_DISABLE || value > OLD_MAX) && value !== OLD_DISABLE) throw EINVAL
      const scaled = value === OLD_MAX ? ADJ_MAX : Math.trunc((value * ADJ_MAX) / -OLD_DISABLE)
      setAdj(writer, subject, scaled)
    },
    0o644,
    { owner: subject.owner },
  )
