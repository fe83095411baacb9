// dnotify: signals that tell of what happens in a directory, F_NOTIFY of fcntl(2). (vfs)
// Linux fs/notify/dnotify/dnotify.c.

import {
  DN_ACCESS,
  DN_ATTRIB,
  DN_CREATE,
  DN_DELETE,
  DN_MODIFY,
  DN_MULTISHOT,
  DN_RENAME,
  ENOTDIR,
  IN_ACCESS,
  IN_ATTRIB,
  IN_CREATE,
  IN_DELETE,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  POLL_MSG,
  POLLIN,
  POLLMSG,
  POLLRDNORM,
  S_IFDIR,
} from '@tsvisor/abi'
import type { FdTable } from './fd-table.ts'
import type { FileDescription } from './file-description.ts'
import { signalOwner } from './file-owner.ts'
import { FS_RENAME, unwatch, type Watcher, watch } from './notify.ts'

/** What is asked for, and what happens then. */
const EVENTS = [
  [DN_ACCESS, IN_ACCESS],
  [DN_MODIFY, IN_MODIFY],
  [DN_CREATE, IN_CREATE | IN_MOVED_TO],
  [DN_DELETE, IN_DELETE | IN_MOVED_FROM],
  [DN_RENAME, FS_RENAME],
  [DN_ATTRIB, IN_ATTRIB],
] as const

class DirectoryWatch implements Watcher {
  readonly file: FileDescription
  /** Of whoever asked: that table's descriptors end it. */
  readonly table: FdTable
  /** The descriptor by which it was last asked for: si_fd. */
  fd: number
  /** DN_* */
  wanted = 0

  constructor(file: FileDescription, table: FdTable, fd: number) {
    this.file = file
    this.table = table
    this.fd = fd
  }
  onFileEvent(mask: number, name: string | undefined): void {
    if (name === undefined && !(mask & IN_ISDIR)) return
    if (!EVENTS.some(([bit, events]) => this.wanted & bit && mask & events)) return
    if (this.file.owner !== undefined)
      signalOwner(this.file.owner, this.fd, POLL_MSG, POLLIN | POLLRDNORM | POLLMSG)
    if (!(this.wanted & DN_MULTISHOT)) unwatch(this.file.inode, this)
  }
}

function find(file: FileDescription, table: FdTable): DirectoryWatch | undefined {
  for (const each of file.inode.watchers ?? [])
    if (each instanceof DirectoryWatch && each.file === file && each.table === table) return each
  return undefined
}

/** F_NOTIFY: `wanted` (DN_*) comes to what was asked for. Errors: ENOTDIR. */
export function watchDirectory(
  file: FileDescription,
  table: FdTable,
  fd: number,
  wanted: number,
): void {
  if (file.inode.type !== S_IFDIR) throw ENOTDIR
  let found = find(file, table)
  if (found === undefined) {
    found = new DirectoryWatch(file, table, fd)
    watch(file.inode, found)
  }
  found.fd = fd
  found.wanted |= wanted
}

/** A descriptor of the table that refers to `file` is closed. */
export function unwatchDirectory(file: FileDescription, table: FdTable): void {
  const found = find(file, table)
  if (found !== undefined) unwatch(file.inode, found)
}
