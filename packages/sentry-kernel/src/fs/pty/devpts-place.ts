// Which devpts a ptmx node belongs to. (fs/pty)
// Linux fs/devpts/inode.c: devpts_mntget, devpts_ptmx_path.

import type { Task } from '../../task/task.ts'
import { lookupChild } from '../../vfs/namei.ts'
import type { Path } from '../../vfs/path.ts'
import type { DevptsFs } from './devpts.ts'

/** What is mounted at "pts" in the directory that a node is in. */
export function devptsBeside(task: Task, { mount, dentry }: Path): Path | undefined {
  const place = task.mounts.top({ mount, dentry: lookupChild(dentry.parent, 'pts') })
  return place.dentry.inode?.fs.type === 'devpts' ? place : undefined
}

/** Where the slave with that number is in the `devpts` of a master that was opened at `ptmx`; undefined where that is not mounted. */
export function slavePlace(
  task: Task,
  ptmx: Path,
  devpts: DevptsFs,
  index: number,
): Path | undefined {
  let place: Path = ptmx
  // A bind mount of the node alone.
  while (place.dentry === place.mount.root && place.mount.parent && place.mount.mountPoint)
    place = { mount: place.mount.parent, dentry: place.mount.mountPoint }
  const root =
    place.mount.fs === devpts
      ? { ...place, dentry: place.dentry.parent }
      : devptsBeside(task, place)
  if (root?.mount.fs !== devpts) return undefined
  return { mount: root.mount, dentry: lookupChild(root.dentry, String(index)) }
}
