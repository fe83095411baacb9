// Figures of a cgroup, in the shape that `runc events --stats` prints. (runsc)

import { UNIFIED } from './hierarchies.ts'
import { CgroupFiles } from './setting.ts'
import type { CpuStats, MemoryEntry, MemoryStats } from './stats-entry.ts'
import { cpuUsageV1, memoryV1 } from './stats-v1.ts'
import { cpuUsageV2, memoryV2 } from './stats-v2.ts'

export interface BlkioEntry {
  readonly major: number
  readonly minor: number
  readonly op: string
  readonly value: number
}

export interface CgroupStats {
  readonly cpu: CpuStats
  readonly cpuset: Readonly<Record<string, unknown>>
  readonly memory: MemoryStats
  readonly pids: { readonly current?: number; readonly limit?: number }
  readonly blkio: { readonly ioServiceBytesRecursive?: readonly BlkioEntry[] }
  readonly hugetlb: Readonly<Record<string, MemoryEntry>>
  readonly intel_rdt: Readonly<Record<string, never>>
  readonly network_interfaces: null
}

const NO_FILES = new CgroupFiles('/nonexistent')

/** `paths`: the directory of each controller, version 2's at ''. What is missing is 0. */
export function readStats(paths: Readonly<Record<string, string>>): CgroupStats {
  const files = (...names: string[]): CgroupFiles => {
    const path = names.map(name => paths[name]).find(it => it !== undefined)
    return path === undefined ? NO_FILES : new CgroupFiles(path)
  }
  const isV1 = (name: string) => paths[name] !== undefined
  return {
    cpu: isV1('cpuacct') ? cpuUsageV1(files('cpuacct'), files('cpu')) : cpuUsageV2(files(UNIFIED)),
    cpuset: {},
    memory: isV1('memory') ? memoryV1(files('memory')) : memoryV2(files(UNIFIED)),
    pids: pids(files('pids', UNIFIED)),
    blkio: blkio(files('blkio', UNIFIED)),
    hugetlb: {},
    intel_rdt: {},
    network_interfaces: null,
  }
}

function pids(files: CgroupFiles): CgroupStats['pids'] {
  const current = files.number('pids.current')
  const limit = files.number('pids.max')
  return {
    ...(current !== undefined && { current }),
    // As runc: none at all is no number.
    ...(limit !== undefined && Number.isFinite(limit) && { limit }),
  }
}

function blkio(files: CgroupFiles): CgroupStats['blkio'] {
  const v1 =
    files.read('blkio.bfq.io_service_bytes_recursive') ||
    files.read('blkio.throttle.io_service_bytes_recursive') ||
    ''
  const entries = v1.split('\n').flatMap(line => {
    const [, major, minor, op, value] = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line) ?? []
    return op === undefined
      ? []
      : [{ major: Number(major), minor: Number(minor), op, value: Number(value) }]
  })
  for (const line of (files.read('io.stat') ?? '').split('\n')) {
    const [, major, minor, rest = ''] = /^(\d+):(\d+) (.*)$/.exec(line) ?? []
    for (const [key, op] of [
      ['rbytes', 'Read'],
      ['wbytes', 'Write'],
    ] as const) {
      const value = new RegExp(`\\b${key}=(\\d+)`).exec(rest)?.[1]
      if (value !== undefined)
        entries.push({ major: Number(major), minor: Number(minor), op, value: Number(value) })
    }
  }
  return entries.length === 0 ? {} : { ioServiceBytesRecursive: entries }
}
