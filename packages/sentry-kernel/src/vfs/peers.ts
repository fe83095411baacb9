// Peer groups, masters and slaves: who hears of what happens on a mount. (vfs)
// Linux fs/pnode.c: change_mnt_propagation, propagation_next; mount_namespaces(7).

import type { Mount } from './mount.ts'

/** MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE. */
export type Propagation = 'private' | 'shared' | 'slave' | 'unbindable'

/** A mount and its peers, beginning with it. */
export function* peersOf(mount: Mount): Generator<Mount> {
  yield mount
  for (let peer = mount.nextPeer; peer !== mount; peer = peer.nextPeer) yield peer
}

export function joinPeers(mount: Mount, old: Mount): void {
  mount.groupId = old.groupId
  mount.previousPeer = old
  mount.nextPeer = old.nextPeer
  old.nextPeer.previousPeer = mount
  old.nextPeer = mount
}

export function setMaster(mount: Mount, master: Mount | undefined): void {
  mount.master?.slaves.delete(mount)
  mount.master = master
  master?.slaves.add(mount)
}

export function makeShared(mount: Mount): void {
  if (mount.groupId === 0) mount.groupId = mount.vfs.groupIds.take()
  mount.unbindable = false
}

/** change_mnt_propagation. */
export function changePropagation(mount: Mount, type: Propagation): void {
  if (type === 'shared') {
    makeShared(mount)
    return
  }
  if (mount.groupId !== 0) leaveGroup(mount)
  if (type === 'slave') return
  setMaster(mount, undefined)
  mount.unbindable = type === 'unbindable'
}

/** What it received from its group and passed on goes from a peer, or else from the group's master. */
function leaveGroup(mount: Mount): void {
  const source = mount.nextPeer === mount ? mount.master : mount.nextPeer
  unlinkPeer(mount)
  for (const slave of [...mount.slaves]) setMaster(slave, source)
  setMaster(mount, source)
}

function unlinkPeer(mount: Mount): void {
  const { nextPeer, previousPeer, groupId } = mount
  if (nextPeer === mount && groupId !== 0) mount.vfs.groupIds.giveBack(groupId)
  nextPeer.previousPeer = previousPeer
  previousPeer.nextPeer = nextPeer
  mount.nextPeer = mount.previousPeer = mount
  mount.groupId = 0
}

/** Makes all of `leaving` private, and hands each slave on once, to what stays (bulk_make_private). */
export function makePrivate(leaving: ReadonlySet<Mount>): void {
  const heirs = new Map<Mount, Mount | undefined>()
  for (const mount of leaving) findHeir(mount, leaving, heirs)
  for (const mount of leaving)
    for (const slave of mount.slaves) if (!leaving.has(slave)) setMaster(slave, heirs.get(mount))
  for (const mount of leaving) {
    unlinkPeer(mount)
    setMaster(mount, undefined)
    mount.unbindable = false
  }
}

/** The next peer that stays, or else that of the group's master, for `mount` and all that are passed on the way. */
function findHeir(
  mount: Mount,
  leaving: ReadonlySet<Mount>,
  heirs: Map<Mount, Mount | undefined>,
): void {
  const passed: Mount[] = []
  let first: Mount | undefined = mount
  let at: Mount | undefined = mount
  while (at !== undefined && leaving.has(at) && !heirs.has(at)) {
    passed.push(at)
    at = at.nextPeer
    if (at === first) first = at = at.master
  }
  const heir = at !== undefined && leaving.has(at) ? heirs.get(at) : at
  for (const each of passed) heirs.set(each, heir)
}

/** Who hears of what happens on `origin`: its peers, its slaves, and those of theirs. */
export function* receivers(origin: Mount): Generator<Mount> {
  const rest: Mount[] = []
  for (const peer of peersOf(origin)) {
    if (peer !== origin) yield peer
    for (const slave of peer.slaves) rest.push(slave)
  }
  // The peers of a slave are slaves of the same mount.
  for (let mount = rest.pop(); mount; mount = rest.pop()) {
    yield mount
    for (const slave of mount.slaves) rest.push(slave)
  }
}
