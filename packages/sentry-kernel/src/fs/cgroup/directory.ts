// The directory of a control group: its files, and its children. (fs/cgroup)

import { EEXIST, ENODEV, ENOENT } from '@tsvisor/abi'
import type { Cgroup } from '../../cgroup/cgroup.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { DirectoryNode, FileNode, Node } from '../kernfs/node.ts'
import { cgroup1Files } from './cgroup1.ts'
import { cgroup2Files } from './cgroup2.ts'

/** Which files there are may change while it is there, with what the parent gives. */
export function cgroupDirectory(kernel: Kernel, group: Cgroup): DirectoryNode {
  const known = new Map<string, FileNode>()
  const directories = new WeakMap<Cgroup, DirectoryNode>()
  let made: readonly string[] | undefined
  /** Made anew where controllers have come or gone; a file that stays is the same. */
  const files = (): ReadonlyMap<string, Node> => {
    const { controllers } = group
    if (made !== undefined && made.join() === controllers.join()) return known
    made = controllers
    const all = group.hierarchy.version === 2 ? cgroup2Files : cgroup1Files
    const now = new Map(Object.entries(all(kernel, group)))
    for (const name of known.keys()) if (!now.has(name)) known.delete(name)
    for (const [name, node] of now)
      if (!known.has(name))
        known.set(
          name,
          whileThere(node, group, () => files().has(name)),
        )
    return known
  }
  const directoryOf = (child: Cgroup): DirectoryNode => {
    let node = directories.get(child)
    if (node === undefined) directories.set(child, (node = cgroupDirectory(kernel, child)))
    return node
  }
  return {
    kind: 'directory',
    mode: group.mode,
    owner: () => group.owner,
    get subdirectories() {
      return group.children.size
    },
    lookup(name) {
      if (group.removed) return undefined
      const child = group.children.get(name)
      return child === undefined ? files().get(name) : directoryOf(child)
    },
    *list() {
      if (group.removed) return
      yield* files()
      for (const [name, child] of group.children) yield [name, directoryOf(child)] as const
    },
    mkdir(name, mode, newOwner) {
      if (files().has(name)) throw EEXIST
      return directoryOf(group.make(name, mode, newOwner))
    },
    rmdir(name) {
      const child = group.children.get(name)
      if (child === undefined) throw ENOENT
      group.remove(child)
    },
  }
}

/** Of a group or a controller that is gone an open file says nothing more (kernfs_get_active). */
function whileThere(node: FileNode, group: Cgroup, isThere: () => boolean): FileNode {
  const { read, write } = node
  const check = () => {
    if (group.removed || !isThere()) throw ENODEV
  }
  return {
    ...node,
    owner: () => group.owner,
    ...(read && {
      read(task) {
        check()
        return read(task)
      },
    }),
    ...(write && {
      write(task, data, offset) {
        check()
        return write(task, data, offset)
      },
    }),
  }
}
