// Which cgroup hierarchies this machine has, and where this process is in each. (runsc)

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface Hierarchy {
  readonly version: 1 | 2
  readonly mountPoint: string
  /** The directory of this process's own cgroup; the mount's top, as good as any, for one that is outside. */
  readonly own: string
  readonly isInside: boolean
}

/**
 * By controller (`memory`, `name=systemd` …); the unified hierarchy of version 2 is `''`.
 * With version 1 beside version 2 ("hybrid") a controller is in one of them only.
 */
export type Hierarchies = ReadonlyMap<string, Hierarchy>

export const UNIFIED = ''

/** None at all where /proc or the hierarchies are not mounted. */
export function hostHierarchies(): Hierarchies {
  try {
    return parseHierarchies(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
    )
  } catch {
    return new Map()
  }
}

/** From the text of /proc/self/mountinfo and /proc/self/cgroup: proc(5), cgroups(7). */
export function parseHierarchies(mountinfo: string, membership: string): Hierarchies {
  const mounts = parseMounts(mountinfo)
  const found = new Map<string, Hierarchy>()
  for (const line of membership.split('\n')) {
    const [, , controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    for (const controller of controllers.split(',')) {
      const mount = mounts.get(controller)
      if (mount === undefined) continue
      const { version, mountPoint, root } = mount
      const inner = relative(root, path)
      const isInside = !inner.startsWith('..')
      const own = isInside ? join(mountPoint, inner) : mountPoint
      found.set(controller, { version, mountPoint, own, isInside })
    }
  }
  return found
}

interface CgroupMount {
  readonly version: 1 | 2
  readonly mountPoint: string
  /** What part of the hierarchy is mounted: not all of it in a container. */
  readonly root: string
}

function parseMounts(mountinfo: string): Map<string, CgroupMount> {
  const mounts = new Map<string, CgroupMount>()
  for (const line of mountinfo.split('\n')) {
    const [mount = '', fs = ''] = line.split(' - ')
    const [, , , root = '', mountPoint = ''] = mount.split(' ').map(unescapeOctal)
    const [type, , options = ''] = fs.split(' ')
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const found = { version: type === 'cgroup2' ? 2 : 1, mountPoint, root } as const
    // Mounted twice, the first one counts. Other words than controllers' names do no harm.
    for (const name of type === 'cgroup2' ? [UNIFIED] : options.split(','))
      if (!mounts.has(name)) mounts.set(name, found)
  }
  return mounts
}

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
