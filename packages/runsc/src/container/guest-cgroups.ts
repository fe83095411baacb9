// Control groups as the guest sees them: the host's hierarchies, and its place in each. (runsc)

import { readFileSync } from 'node:fs'
import type { Spec } from '@tsvisor/oci-spec'
import type { BootHierarchy } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'

/** What the guest's kernel has something for. */
const CONTROLLERS = new Set([
  ...['cpuset', 'cpu', 'cpuacct', 'blkio', 'memory', 'devices', 'freezer', 'pids'],
])

/**
 * Of a process that is where the container's are. With a cgroup namespace its own group is the top. Undefined without
 * cgroups.
 */
export function guestHierarchies(pid: number, { linux }: Spec): BootHierarchy[] | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  } catch {
    return undefined
  }
  const isHidden = linux?.namespaces?.some(({ type }) => type === 'cgroup') ?? false
  const found = parseMembership(text).map(each => (isHidden ? { ...each, path: '/' } : each))
  return found.length === 0 ? undefined : found
}

/** The text of /proc/PID/cgroup: cgroups(7). The oldest hierarchy first. */
export function parseMembership(text: string): BootHierarchy[] {
  const found: BootHierarchy[] = []
  for (const line of text.split('\n')) {
    const [, names, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (names === undefined || path === undefined) continue
    const controllers = names.split(',').filter(it => CONTROLLERS.has(it) || it.startsWith('name='))
    if (names === '') found.unshift({ version: 2, controllers: [], path: toBytes(path) })
    else if (controllers.length > 0) found.unshift({ version: 1, controllers, path: toBytes(path) })
  }
  return found
}
