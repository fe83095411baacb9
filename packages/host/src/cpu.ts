// CPU affinity and scheduling of single threads. (host)

import { call3 } from './call.ts'
import { sys3 } from './native.ts'
import { NR } from './nr.ts'
import { scratch } from './scratch.ts'

/** A set of CPUs, one bit each, as the kernel's cpumask in bytes. */
export type CpuSet = Uint8Array

/** sched_getaffinity(2) of a thread, 0 for the caller. */
export const getAffinity = (tid: number): CpuSet => {
  const length = call3(NR.sched_getaffinity, tid, 1024, scratch.address)
  return scratch.bytes.slice(0, length)
}

/** sched_setaffinity(2) from native memory: -errno on failure, nothing thrown. */
export const setAffinityRaw = (tid: number, length: number, mask: number): number =>
  sys3(NR.sched_setaffinity, tid, length, mask)

/** The CPU numbers in a set. */
export const cpusIn = (set: CpuSet): number[] => {
  const cpus: number[] = []
  for (let i = 0; i < set.length * 8; i++) if (set[i >> 3]! & (1 << (i & 7))) cpus.push(i)
  return cpus
}
