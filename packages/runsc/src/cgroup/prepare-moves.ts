// What the kernel waits for before it moves a process between cgroups, waited for meanwhile. (runsc)

import { closeSync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { type Hierarchies, hostHierarchies } from './hierarchies.ts'

/** cgroups(7): in cgroup.procs, the process that writes. */
const SELF = '0'

/**
 * Moves this process to where it is, on a thread of its own. The first move of a while waits until each
 * CPU has let go of an old lock (an RCU grace period, 8 to 15 ms); those that follow soon do not.
 * Resolves when it has done so, or could not, which does not matter.
 */
export function prepareMoves(hierarchies: Hierarchies = hostHierarchies()): Promise<void> {
  return new Promise(resolve => {
    const here = [...hierarchies.values()].find(each => each.isInside)
    if (here === undefined) return resolve()
    try {
      const fd = openSync(join(here.own, 'cgroup.procs'), 'r+')
      write(fd, SELF, () => {
        closeSync(fd)
        resolve()
      })
    } catch {
      // Nor will this process move others.
      resolve()
    }
  })
}
