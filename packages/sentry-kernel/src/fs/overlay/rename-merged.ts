// Renaming in an overlay. (fs/overlay)
// Linux fs/overlayfs/dir.c: ovl_rename.

import { EINVAL, ENOTEMPTY, ESTALE, EXDEV, RENAME_EXCHANGE, S_IFDIR } from '@tsvisor/abi'
import { bytesOf } from '../../mm/user-memory.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'
import { isWhiteout } from './layer.ts'
import { isBelow, redirectOf } from './lookup.ts'
import type { MergedInode, Place } from './merged-inode.ts'

/**
 * `replaced` is what `to` holds now. Errors: EXDEV (a directory that lower layers have, without redirect_dir=on),
 * ENOTEMPTY, ENOSPC, EROFS, ESTALE or EINVAL (the upper layer was changed from outside).
 */
export function renameMerged(
  from: Place,
  moved: MergedInode,
  to: Place,
  replaced: MergedInode | undefined,
  flags: number,
): void {
  const { fs } = moved
  const layer = fs.upper!
  const exchanges = (flags & RENAME_EXCHANGE) !== 0
  if (isStuck(moved) || (exchanges && isStuck(replaced!))) throw EXDEV
  const victim = exchanges ? undefined : replaced
  if (victim?.isMergedOrLower && isFilled(victim)) throw ENOTEMPTY
  const upper = moved.copiedUp()
  from.directory.copiedUp()
  to.directory.copiedUp()
  const target = exchanges ? replaced!.copiedUp() : replaced?.upper
  const fromUpper = layer.writable(from.directory)
  const toUpper = layer.writable(to.directory)
  const there = toUpper.lookup(to.name)
  if (fromUpper.lookup(from.name) !== upper) throw ESTALE
  if (there !== target && !(target === undefined && there !== undefined && isWhiteout(there)))
    throw ESTALE
  if (isWithin(toUpper, upper) || (exchanges && isWithin(fromUpper, target!))) throw EINVAL
  const hides = !exchanges && isBelow(from.directory, from.name)
  const swaps = exchanges || (hides && target === undefined && there !== undefined)
  // Whatever can fail does so before any name changes.
  prepare(moved, from, to)
  if (exchanges) prepare(replaced!, to, from)
  if (victim !== undefined && isFilled(victim)) throw ENOTEMPTY
  const whiteout = hides && !swaps ? layer.stageOwnWhiteout() : undefined
  victim?.clearUpper()
  const how = swaps ? RENAME_EXCHANGE : 0
  fromUpper.rename(from.name, upper, toUpper, to.name, there, how)
  if (exchanges) layer.names.swapped(from, to)
  else layer.names.moved(from, to)
  if (whiteout !== undefined) layer.place(whiteout, from.directory, from.name)
  if (moved.place !== undefined) moved.place = to
  if (replaced === undefined) return
  if (exchanges) replaced.place = from
  else replaced.lostName()
}

/** The layer may be another tree by now than the overlay shows. */
function isWithin(directory: TmpfsInode, other: TmpfsInode): boolean {
  for (let at = directory; ; at = at.parent) {
    if (at === other) return true
    if (at.parent === at) return false
  }
}

const isFilled = (inode: MergedInode): boolean => inode.type === S_IFDIR && inode.list().length > 0
const isStuck = ({ fs, type, isMergedOrLower }: MergedInode): boolean =>
  type === S_IFDIR && isMergedOrLower && (fs.redirects !== 'on' || !fs.marks.isUsable)

/** Marks what comes to another place: nothing there may show through, and its number is another's. */
function prepare(inode: MergedInode, from: Place, to: Place): void {
  const { fs, upper, type } = inode
  const { marks } = fs
  if (type === S_IFDIR) {
    if (inode.isMergedOrLower)
      setRedirect(inode, from.directory === to.directory ? 'same' : 'other')
    else if (to.directory.lowers.length > 0) marks.setOpaque(upper!, EXDEV)
  }
  if (from.directory !== to.directory && marks.get(upper!, 'origin') !== undefined)
    marks.setImpure(to.directory.upper!)
}

/** Absolute redirects at most (redirect_max). */
const MAX_REDIRECT = 256

/** Notes where lower layers have a directory that moves. Errors: EXDEV (too far down). */
function setRedirect(inode: MergedInode, directory: 'same' | 'other'): void {
  const { fs, upper } = inode
  const old = redirectOf(fs, upper!)
  if (old !== undefined && (directory === 'same' || old.startsWith('/'))) return
  const path = directory === 'same' ? inode.place!.name : lowerPath(inode)
  if (path.length > MAX_REDIRECT) throw EXDEV
  fs.marks.set(upper!, 'redirect', bytesOf(path))
}

/** The path of a directory in the lower layers. */
function lowerPath(inode: MergedInode): string {
  let path = ''
  for (let at = inode; at.place !== undefined && !path.startsWith('/'); at = at.place.directory) {
    const name = (at.upper && redirectOf(at.fs, at.upper)) ?? at.place.name
    path = path === '' ? name : `${name}/${path}`
  }
  return path.startsWith('/') ? path : `/${path}`
}
