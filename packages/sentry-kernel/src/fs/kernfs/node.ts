// Declaring a tree of generated files: proc, sysfs and cgroupfs are such trees. (fs/kernfs)
// Linux's counterpart: fs/kernfs, fs/seq_file.c.

import type { Task } from '../../task/task.ts'
import type { Owner } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'

interface Common {
  /** Unique within the file system; see `inoOf`. */
  readonly ino: number
  /** Permission bits. */
  readonly mode: number
  /** Who owns it now; root when absent. */
  readonly owner?: () => Owner
  /** A rule beyond the permission bits: false refuses with EACCES. `access` is a mask of 4 read, 2 write, 1 search. */
  readonly allow?: (task: Task, access: number) => boolean
}

/** A file whose content is made when it is read from the start. */
export interface FileNode extends Common {
  readonly kind: 'file'
  /** The whole content, a byte string or bytes. Absent: reads fail with EINVAL. */
  readonly read?: (task: Task) => string | Uint8Array
  /** Bytes at an offset, for content that is no text made at once (/proc/PID/mem). Instead of `read`. */
  readonly readAt?: (task: Task, offset: number, length: number) => Uint8Array
  /** One write(2). Returns bytes taken; throws an Errno. Absent: writes fail with EINVAL. */
  readonly write?: (task: Task, data: Uint8Array, offset: number) => number
}

export interface DirectoryNode extends Common {
  readonly kind: 'directory'
  /** Names are looked up anew each time, so that entries may come and go. */
  lookup(name: string): Node | undefined
  /** What readdir shows. */
  list(): Iterable<readonly [name: string, node: Node]>
}

export interface LinkNode extends Common {
  readonly kind: 'link'
  /** The text that readlink gives. */
  readonly target: (task: Task) => string
  /** Magic links: the place itself. */
  readonly follow?: (task: Task) => Path | undefined
}

export type Node = FileNode | DirectoryNode | LinkNode

let lastIno = 1
/** A fresh inode number for a node that lives as long as its file system. */
export const nextIno = (): number => ++lastIno

type Extra = Partial<Omit<Common, 'mode'>>

/** A read-only file. */
export const file = (
  read: (task: Task) => string | Uint8Array,
  mode = 0o444,
  extra: Extra = {},
): FileNode => ({
  kind: 'file',
  ino: nextIno(),
  mode,
  read,
  ...extra,
})

/** A file that can be written; `write` gets the text of one write(2), without trailing newlines. */
export const knob = (
  read: (task: Task) => string,
  write: (task: Task, text: string) => void,
  mode = 0o644,
  extra: Extra = {},
): FileNode => ({
  kind: 'file',
  ino: nextIno(),
  mode,
  read,
  write: (task, data) => {
    let text = ''
    for (const byte of data) text += String.fromCharCode(byte)
    write(task, text.replace(/[\n\0]+$/, ''))
    return data.length
  },
  ...extra,
})

/** A fixed directory. */
export const directory = (
  entries: Readonly<Record<string, Node>>,
  mode = 0o555,
  extra: Extra = {},
): DirectoryNode => {
  const map = new Map(Object.entries(entries))
  return {
    kind: 'directory',
    ino: nextIno(),
    mode,
    lookup: name => map.get(name),
    list: () => map,
    ...extra,
  }
}

export const link = (
  target: (task: Task) => string,
  follow?: (task: Task) => Path | undefined,
  extra: Extra = {},
): LinkNode => ({
  kind: 'link',
  ino: nextIno(),
  mode: 0o777,
  target,
  ...(follow && { follow }),
  ...extra,
})
