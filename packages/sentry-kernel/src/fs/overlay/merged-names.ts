// The names in a directory of an overlay. (fs/overlay)
// Linux fs/overlayfs/readdir.c: ovl_dir_read_merged, ovl_calc_d_ino.

import { DT_CHR, DT_DIR } from '@tsvisor/abi'
import type { Dirent } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import { MAY_READ } from '../../vfs/permission.ts'
import { inodeNumber, isWhiteout } from './layer.ts'
import type { MergedInode } from './merged-inode.ts'

/** Errors: EACCES. */
export function mergedNames(directory: MergedInode): Dirent[] {
  const { fs, upper, lowers } = directory
  const names: Dirent[] = []
  if (upper !== undefined) fs.check(upper, MAY_READ)
  for (const { inode } of lowers) fs.check(inode, MAY_READ)
  const seen = new Set<string>()
  if (upper !== undefined) {
    const isImpure = fs.marks.get(upper, 'impure') !== undefined
    let renumbers = false
    for (const entry of upper.list()) {
      seen.add(entry.name)
      if (isGone(upper, entry)) continue
      const isMerged = entry.type === DT_DIR && lowers.length > 0
      const shown = isMerged || isImpure ? renumbered(directory, entry) : entry
      renumbers ||= shown.ino !== entry.ino
      names.push(shown)
    }
    if (isImpure && !renumbers && lowers.length === 0 && !fs.upper!.mount.isReadOnly)
      fs.marks.remove(upper, 'impure')
  }
  for (const { inode, fsIndex } of lowers) {
    for (const entry of inode.list()) {
      if (seen.has(entry.name)) continue
      seen.add(entry.name)
      if (isGone(inode, entry)) continue
      names.push(fsIndex === 0 ? entry : { ...entry, ino: inodeNumber(entry.ino, fsIndex) })
    }
  }
  return names
}

/** With the number that stat shows, where that is another than in the upper layer. */
function renumbered(directory: MergedInode, entry: Dirent): Dirent {
  const inode = directory.lookup(entry.name)
  return inode === undefined ? entry : { ...entry, ino: inode.attr().ino }
}

function isGone(layer: Inode, { name, type }: Dirent): boolean {
  if (type !== DT_CHR) return false
  const inode = layer.lookup(name)
  return inode === undefined || isWhiteout(inode)
}
