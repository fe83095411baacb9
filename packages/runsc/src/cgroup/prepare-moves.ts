// What the kernel waits for before it moves a process between cgroups, waited for meanwhile. (runsc)

import { closeSync, openSync, write } from 'node:fs'
import { join } from 'node:path'
import { type Hierarchies, hostHierarchies } from './hierarchies.ts'

/**
 * Moves a child to where this process is, on a thread. The first move of a while waits until each CPU has
 * let go of an old lock (an RCU grace period, 8 to 15 ms); those that follow soon do not. Not this process
 * itself: whoever moves it meanwhile would find it moved back. Wait for it before moving the child elsewhere.
 * Resolves when it has done so, or could not, which does not matter.
 */
export function prepareMoves(
  child: number | undefined,
  hierarchies: () => Hierarchies = hostHierarchies,
): Promise<void> {
  return new Promise(resolve => {
    if (child === undefined) return resolve()
    const here = [...hierarchies().values()].find(each => each.isInside)
    if (here === undefined) return resolve()
    try {
      const fd = openSync(join(here.own, 'cgroup.procs'), 'r+')
      write(fd, String(child), () => {
        closeSync(fd)
        resolve()
      })
    } catch {
      // Nor will this process move others.
      resolve()
    }
  })
}
