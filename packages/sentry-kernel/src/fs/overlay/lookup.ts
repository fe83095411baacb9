// What a name leads to in the layers of an overlay. (fs/overlay)
// Linux fs/overlayfs/namei.c.

import { ELOOP, EPERM, S_IFDIR, S_IFREG } from '@tsvisor/abi'
import type { Inode } from '../../vfs/inode.ts'
import { MAY_EXEC } from '../../vfs/permission.ts'
import { isWhiteout, type LayerFile } from './layer.ts'
import type { MergedInode } from './merged-inode.ts'
import { encodeOrigin } from './origin.ts'
import type { Overlay } from './overlay.ts'

const GOFER = '9p'

/** Errors: EACCES, ELOOP (it is a layer itself), EPERM (marks that would have to be followed to a lower file). */
export function lookupMerged(directory: MergedInode, name: string): MergedInode | undefined {
  const { fs } = directory
  if (directory.upper !== undefined) fs.check(directory.upper, MAY_EXEC)
  const upper = directory.upper?.lookup(name)
  const place = { directory, name }
  if (upper === undefined) {
    const lowers = lookupLower(directory, name)
    if (lowers.length === 0) return undefined
    return fs.ofLower(lowers, place)
  }
  if (isWhiteout(upper)) return undefined
  check(fs, upper)
  if (upper.type !== S_IFDIR || fs.marks.isOpaque(upper)) return fs.ofUpper(upper, [], place)
  const lowers = lookupLower(directory, name).filter(({ inode }) => inode.type === S_IFDIR)
  if (lowers.length > 0) noteOrigin(directory, upper, lowers[0]!)
  return fs.ofUpper(upper, lowers, place)
}

/** One that is no directory, or the directories that are merged. */
function lookupLower({ fs, lowers }: MergedInode, name: string): LayerFile[] {
  const found: LayerFile[] = []
  for (const [i, { inode: layer, fsIndex }] of lowers.entries()) {
    fs.check(layer, MAY_EXEC)
    const inode = layer.lookup(name)
    if (inode === undefined) continue
    if (isWhiteout(inode)) break
    const isDirectory = inode.type === S_IFDIR
    if (!isDirectory && found.length > 0) break
    check(fs, inode)
    found.push({ inode, fsIndex })
    if (!isDirectory || (i < lowers.length - 1 && fs.marks.isOpaque(inode))) break
  }
  return found
}

function check({ traps, marks }: Overlay, inode: Inode): void {
  if (traps.has(inode)) throw ELOOP
  // Where asking is a question to a server, such marks are not looked for.
  if (inode.fs.type === GOFER) return
  const { type } = inode
  if (type === S_IFDIR && marks.get(inode, 'redirect') !== undefined) throw EPERM
  if (type === S_IFREG && marks.get(inode, 'metacopy') !== undefined) throw EPERM
}

/** Merged directories that were not copied up are marked when they are found (ovl_fix_origin). */
function noteOrigin({ fs, upper: parent }: MergedInode, upper: Inode, { inode }: LayerFile): void {
  const { marks } = fs
  if (fs.upper!.mount.isReadOnly || marks.get(upper, 'origin') !== undefined) return
  marks.set(upper, 'origin', encodeOrigin(fs, inode))
  marks.setImpure(parent!)
}

/** Whether `name` would show a lower file if the upper layer had none of that name. */
export function isBelow({ lowers }: MergedInode, name: string): boolean {
  for (const { inode: layer } of lowers) {
    const inode = layer.lookup(name)
    if (inode !== undefined) return !isWhiteout(inode)
  }
  return false
}
