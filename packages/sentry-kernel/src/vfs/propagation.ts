// Mount propagation: what mounting and unmounting does elsewhere. (vfs)
// Linux fs/pnode.c: propagate_mnt, propagate_umount; Documentation/filesystems/sharedsubtree.rst.

import type { Dentry } from './dentry.ts'
import type { Mount } from './mount.ts'
import { copyTree } from './mount-copy.ts'
import type { Path } from './path.ts'
import { isReachable } from './path-text.ts'
import { peersOf } from './peers.ts'

/** Whether what is mounted on `point` of a peer or master shows in `mount`. */
export const receivesAt = (mount: Mount, point: Dentry): boolean =>
  mount.namespace !== undefined && !mount.namespace.isAnonymous && point.isWithin(mount.root)

/** A tree and the mount that it is to be mounted on. */
export interface Copy {
  readonly mount: Mount
  readonly parent: Mount
}

/**
 * Copies of `source`, which gets mounted on `point` of the shared mount `parent`, for all that hear of
 * it: peers of each other where their parents are, slaves where they are slaves. All of `source` is
 * shared already.
 */
export function propagatedCopies(parent: Mount, point: Dentry, source: Mount): Copy[] {
  const copies: Copy[] = []
  let from = source
  for (const peer of [...peersOf(parent)].slice(1)) {
    if (!receivesAt(peer, point)) continue
    from = copyTree(from, from.root, 'shared')
    copies.push({ mount: from, parent: peer })
  }
  const rest = [...slaveGroups(parent, from)]
  for (let group = rest.pop(); group; group = rest.pop()) {
    let latest = group.from
    for (const member of group.members) {
      if (!receivesAt(member, point)) continue
      const isFirst = latest === group.from
      const kind = member.groupId === 0 ? 'slave' : isFirst ? 'shared-slave' : 'shared'
      latest = copyTree(latest, latest.root, kind)
      copies.push({ mount: latest, parent: member })
    }
    for (const below of slaveGroups(group.members[0]!, latest)) rest.push(below)
  }
  return copies
}

interface SlaveGroup {
  readonly members: readonly Mount[]
  /** The latest copy above: what a copy for this group is to be a slave of. */
  readonly from: Mount
}

/** The groups that are slaves of the group of `mount`; one that is not shared is a group by itself. */
function* slaveGroups(mount: Mount, from: Mount): Generator<SlaveGroup> {
  const seen = new Set<number>()
  for (const peer of peersOf(mount))
    for (const slave of peer.slaves) {
      // What this event made is no receiver of it.
      if (slave.namespace === undefined || seen.has(slave.groupId)) continue
      if (slave.groupId !== 0) seen.add(slave.groupId)
      yield { members: [...peersOf(slave)], from }
    }
}

/**
 * What else goes when the mounts of `set` go: what is mounted at the same places of those that hear
 * of it, unless something that stays is mounted there. Documentation/filesystems/propagate_umount.txt.
 */
export function propagatedUnmounts(set: ReadonlySet<Mount>): Set<Mount> {
  const gone = new Set(set)
  const reached = new Set<Mount>()
  for (const mount of set)
    if (!reached.has(mount)) for (const other of counterparts(mount, reached)) gone.add(other)
  // What a mount may do depends on those on it: from the leaves down.
  const candidates = [...gone].filter(mount => !set.has(mount))
  const depth = depths(candidates)
  candidates.sort((a, b) => depth.get(b)! - depth.get(a)!)
  for (const mount of candidates) if (!canGo(mount, gone)) gone.delete(mount)
  // Locked ones go with what they are on: known from the top down.
  for (const mount of candidates.reverse())
    if (mount.locked && !gone.has(mount.parent!)) gone.delete(mount)
  for (const mount of set) gone.delete(mount)
  return gone
}

/**
 * What is mounted at the place of `mount` on those that hear of it. Who hears of what was `reached` earlier was
 * found then: peers of each other that go together are looked at once each (gather_candidates).
 */
function* counterparts(mount: Mount, reached: Set<Mount>): Generator<Mount> {
  const { parent, mountPoint } = mount
  if (parent === undefined || mountPoint === undefined) return
  const rest = [...peersOf(parent)]
  for (let at = rest.pop(); at; at = rest.pop()) {
    const child = at.children.get(mountPoint)
    if (child !== undefined && reached.has(child)) continue
    if (child !== undefined) reached.add(child)
    if (child !== undefined && child !== mount) yield child
    for (const slave of at.slaves) rest.push(slave)
  }
}

/** What covers a mount takes its place; all else that stays holds it. */
function canGo(mount: Mount, gone: ReadonlySet<Mount>): boolean {
  for (const [point, child] of mount.children) {
    if (point === mount.root) continue
    let stays: Mount | undefined = child
    while (stays !== undefined && gone.has(stays)) stays = stays.overmount
    if (stays !== undefined) return false
  }
  return true
}

function depths(mounts: readonly Mount[]): Map<Mount, number> {
  const known = new Map<Mount, number>()
  for (const mount of mounts) {
    const above: Mount[] = []
    let at: Mount | undefined = mount
    for (; at !== undefined && !known.has(at); at = at.parent) above.push(at)
    let depth = at === undefined ? 0 : known.get(at)!
    while (above.length > 0) known.set(above.pop()!, ++depth)
  }
  return known
}

/** propagate_from: the group above the master's that is seen below a root; 0 for none. */
export function dominatingGroup(mount: Mount, root: Path): number {
  for (let at = mount.master; at !== undefined; at = at.master)
    for (const peer of peersOf(at))
      if (peer.namespace === mount.namespace && isReachable(peer, root)) return peer.groupId
  return 0
}
