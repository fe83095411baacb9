// Why a container was killed, where its memory limit is the reason. (runsc)

import { Cgroup } from '../cgroup/cgroup.ts'
import type { ContainerRecord } from '../state/record.ts'

/** One line for the user; undefined when the host has killed none of its processes for want of memory. */
export function memoryVerdict({ cgroup }: ContainerRecord): string | undefined {
  if (cgroup === undefined) return undefined
  const { count, limit } = Cgroup.load(cgroup).memoryKills()
  if (count === 0) return undefined
  const why = limit === undefined ? 'had no memory left' : `holds it to ${limit} bytes of memory`
  return `out of memory: the host, which ${why}, killed ${count === 1 ? 'a process' : `${count} processes`} of the container`
}
