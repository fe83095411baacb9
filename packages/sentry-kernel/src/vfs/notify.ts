// File events: what inotify and dnotify hear. Where things happen, one cheap check. (vfs)
// Linux include/linux/fsnotify.h.

import { IN_EXCL_UNLINK, IN_ISDIR, S_IFDIR } from '@tsvisor/abi'
import type { Dentry } from './dentry.ts'
import type { FileDescription } from './file-description.ts'
import type { Inode } from './inode.ts'

/** Someone that watches an inode. It must not change the set from inside a call: mark, then act. */
export interface Watcher {
  /**
   * `mask` holds IN_* bits (IN_ISDIR included; IN_EXCL_UNLINK for a file whose name is gone); `name` is the entry concerned in a watched
   * directory, undefined for the watched inode itself; `cookie` joins the two halves of a rename.
   */
  onFileEvent(mask: number, name: string | undefined, cookie: number): void
}

/** Of a rename within one directory, beside IN_MOVED_*: what dnotify alone hears of. */
export const FS_RENAME = 0x1000_0000

/** The watchers of one inode, in `Inode.watchers`. */
export type Watchers = Set<Watcher>

export function watch(inode: Inode, watcher: Watcher): void {
  inode.watchers ??= new Set()
  inode.watchers.add(watcher)
}
export function unwatch(inode: Inode, watcher: Watcher): void {
  inode.watchers?.delete(watcher)
  if (inode.watchers?.size === 0) inode.watchers = undefined
}

/** Something happened to an entry of `directory`: IN_CREATE, IN_DELETE, IN_MOVED_*. */
export function notifyEntry(directory: Inode, mask: number, name: string, cookie = 0): void {
  const { watchers } = directory
  if (watchers) for (const watcher of watchers) watcher.onFileEvent(mask, name, cookie)
}

/** Something happened to the inode itself: IN_DELETE_SELF, IN_MOVE_SELF. */
export function notifySelf(inode: Inode, mask: number): void {
  const { watchers } = inode
  if (watchers) for (const watcher of watchers) watcher.onFileEvent(mask, undefined, 0)
}

/** An open file was used under the name `dentry`: its watchers hear it, and those of its directory. */
export function notifyFile(inode: Inode, dentry: Dentry | undefined, mask: number): void {
  notifyChange(inode, dentry, dentry?.unlinked ? mask | IN_EXCL_UNLINK : mask)
}

/** As notifyFile, of an open file by its description. */
export function notifyUse({ inode, path }: FileDescription, mask: number): void {
  notifyFile(inode, path?.dentry, mask)
}

/** Whether anybody hears of its uses. */
export const isWatched = ({ inode, path }: FileDescription): boolean =>
  inode.watchers !== undefined || path?.dentry.parent.inode?.watchers !== undefined

/** As notifyFile, of what happens to the inode itself: heard with IN_EXCL_UNLINK, too. */
export function notifyChange(inode: Inode, dentry: Dentry | undefined, mask: number): void {
  const parent = dentry === undefined ? undefined : dentry.parent.inode?.watchers
  if (inode.watchers === undefined && parent === undefined) return
  const bits = inode.type === S_IFDIR ? mask | IN_ISDIR : mask
  if (parent && dentry && dentry.parent !== dentry)
    notifyEntry(dentry.parent.inode!, bits, dentry.name)
  notifySelf(inode, bits)
}
