// Declaring a tree of generated files: proc, sysfs and cgroupfs are such trees. (fs/kernfs)
// Linux's counterpart: fs/kernfs, fs/seq_file.c.

import { EINVAL, type Errno } from '@tsvisor/abi'
import { lazily } from '../../kernel/lazily.ts'
import { byteString } from '../../mm/user-memory.ts'
import type { Task } from '../../task/task.ts'
import type { Owner } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import type { WaitQueue } from '../../wait-queue.ts'

interface Common {
  /** Permission bits. May be a getter. */
  readonly mode: number
  /** A fixed inode number; otherwise the file system gives one that stays as long as the node. */
  readonly ino?: number
  /** Who owns it now; root when absent. */
  readonly owner?: (() => Owner) | undefined
  /**
   * A rule beyond the permission bits: the errno to refuse with. `mask` is of 4 read, 2 write, 1
   * search.
   */
  readonly refuse?: ((task: Task, mask: number) => Errno | undefined) | undefined
  /** Who may enter and list whatever the permission bits say. */
  readonly grants?: ((task: Task) => boolean) | undefined
  /** st_size; 0 when absent. */
  readonly size?: number
}

/** Something that changes and can be polled for it (POLLERR | POLLPRI after a change). */
export interface Changes {
  readonly queue: WaitQueue
  /** Another number after each change. */
  readonly stamp: () => number
  /** inotify hears of it, too (kernfs_notify). */
  readonly isModification?: boolean
}

/** What an open file does. */
export interface Content {
  /** The whole content, a byte string or bytes, made when a read starts at 0. Absent: EINVAL. */
  readonly read?: (task: Task) => string | Uint8Array
  /** Bytes at an offset, for content that is no text made at once (/proc/PID/mem). Instead of `read`. */
  readonly readAt?: (task: Task, offset: number, length: number) => Uint8Array
  /** One write(2). Returns bytes taken; throws an Errno. Absent: EINVAL. */
  readonly write?: (task: Task, data: Uint8Array, offset: number) => number
  readonly changes?: Changes
}

/** A file whose content is made when it is read from the start. */
export interface FileNode extends Common, Content {
  readonly kind: 'file'
  /** What this opening sees, in place of the members above. Throws an Errno to refuse it. */
  readonly open?: (task: Task) => Content
}

export interface DirectoryNode extends Common {
  readonly kind: 'directory'
  /**
   * Names are looked up anew each time, so that entries may come and go; the same entry must answer
   * with the same node, or its inode number changes.
   */
  lookup(name: string): Node | undefined
  /** What readdir shows to a task. */
  list(task: Task | undefined): Iterable<readonly [name: string, node: Node]>
  /** There never is anything in it. */
  readonly isAlwaysEmpty?: boolean
  /** Directories in it, for st_nlink; none when absent. */
  readonly subdirectories?: number
  /** It has one link, whatever is in it. */
  readonly isUncounted?: boolean
  /** Makes a directory in it. Absent: EPERM. Throws an Errno. */
  readonly mkdir?: (name: string, mode: number, owner: Owner) => DirectoryNode
  /** Removes one. Absent: EPERM. Throws an Errno. */
  readonly rmdir?: (name: string) => void
}

export interface LinkNode extends Common {
  readonly kind: 'link'
  /** The text that readlink gives. Throws an Errno. */
  readonly target: (task: Task) => string
  /** Magic links: the place itself. Throws an Errno. */
  readonly follow?: ((task: Task) => Path) | undefined
}

export type Node = FileNode | DirectoryNode | LinkNode

type Extra = Partial<Omit<Common, 'mode'>>

/** A read-only file. */
export const file = (
  read: (task: Task) => string | Uint8Array,
  mode = 0o444,
  extra: Extra = {},
): FileNode => ({ kind: 'file', mode, read, ...extra })

/** A write(2) of text, without trailing newlines and NULs. */
export const textWrite =
  (write: (task: Task, text: string) => void) =>
  (task: Task, data: Uint8Array): number => {
    write(task, byteString(data).replace(/[\n\0]+$/, ''))
    return data.length
  }

/** A file that can be written; `write` gets the text of one write(2), without trailing newlines. */
export const knob = (
  read: (task: Task) => string,
  write: (task: Task, text: string) => void,
  mode = 0o644,
  extra: Extra = {},
): FileNode => ({ kind: 'file', mode, read, write: textWrite(write), ...extra })

/** A fixed directory. */
export const directory = (
  entries: Readonly<Record<string, Node>>,
  mode = 0o555,
  extra: Extra = {},
): DirectoryNode => {
  const map = new Map(Object.entries(entries))
  let subdirectories = 0
  for (const node of map.values()) if (node.kind === 'directory') subdirectories++
  return {
    kind: 'directory',
    mode,
    subdirectories,
    isAlwaysEmpty: map.size === 0,
    lookup: name => map.get(name),
    list: () => map,
    ...extra,
  }
}

/** A directory that is made when somebody looks into it. */
export const madeLater = (make: () => DirectoryNode, mode = 0o555): DirectoryNode => {
  const made = lazily(make)
  return {
    kind: 'directory',
    mode,
    get subdirectories() {
      return made().subdirectories ?? 0
    },
    get isUncounted() {
      return made().isUncounted === true
    },
    lookup: name => made().lookup(name),
    list: task => made().list(task),
  }
}

export const link = (
  target: (task: Task) => string,
  follow?: (task: Task) => Path,
  extra: Extra = {},
): LinkNode => ({ kind: 'link', mode: 0o777, target, follow, ...extra })

/**
 * A number that a program writes, as kstrtol with base 0 reads it: decimal, 0x… or 0…, white space
 * around it. Errors: EINVAL.
 */
export function parseInteger(text: string): number {
  const match = /^\s*([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)\s*$/i.exec(text)
  if (match === null) throw EINVAL
  const digits = match[2]!
  const value = /^0\d/.test(digits) ? Number.parseInt(digits, 8) : Number(digits)
  return match[1] === '-' ? -value : value
}
