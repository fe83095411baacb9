// Inodes and file systems: what each file system implements. (vfs)

import {
  EINVAL,
  ENODATA,
  ENOTDIR,
  EOPNOTSUPP,
  EPERM,
  EROFS,
  type Errno,
  S_IFMT,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import type { Time } from '../platform/host.ts'
import type { Task } from '../task/task.ts'
import type { UserNamespace } from '../task/user-namespace.ts'
import type { Dirent, FileDescription } from './file-description.ts'
import type { FileLocks } from './lock/file-locks.ts'
import type { MountNamespace } from './mount-namespace.ts'
import type { Watchers } from './notify.ts'
import type { Path } from './path.ts'

/** What stat sees. Sizes in bytes, `blocks` of 512 bytes. */
export interface Attr {
  readonly ino: number
  /** File type and permission bits (S_IF* | 07777). */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  /** Device number of a device node, encoded as by makedev (new_encode_dev). */
  readonly rdev: number
  readonly size: number
  readonly blksize: number
  readonly blocks: number
  readonly atime: Time
  readonly mtime: Time
  readonly ctime: Time
  readonly btime?: Time | undefined
}

/** Attribute changes, already permission-checked and resolved by the VFS. ctime is the file system's duty. */
export interface AttrChange {
  /** Permission bits only (07777). */
  mode?: number
  uid?: number
  gid?: number
  size?: number
  atime?: Time
  mtime?: Time
}

/** Who owns a new file. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface StatFs {
  readonly type: number
  readonly bsize: number
  readonly blocks: number
  readonly bfree: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
  readonly namelen: number
}

/**
 * How long a looked-up name may be believed: `always` (only this kernel changes the file system),
 * `revalidate` (look up anew, and keep what led to the same file: shared gofer mounts), `never` (procfs: look up anew).
 */
export type NameCaching = 'always' | 'revalidate' | 'never'

/** A mounted file system instance (Linux's super_block). */
export interface FileSystem {
  /** As in /proc/filesystems and mountinfo. */
  readonly type: string
  /** st_dev, unique to the instance (anonymous major 0). */
  readonly dev: number
  readonly root: Inode
  /** Where `root` is in what it is a part of, for mountinfo; absent: the top. */
  readonly rootName?: string
  /** What mountinfo calls the directory at `path` below `root`, if that depends on who reads. */
  readonly shownPath?: (path: string, reader: Task) => string
  readonly caching: NameCaching
  /** Whose it is: that of who mounted it there. Absent: the first one. */
  userNamespace?: UserNamespace
  /** MS_RDONLY; MS_SYNCHRONOUS, MS_DIRSYNC: shown, and nothing is written later in any case. */
  superFlags?: number
  /** Not even its regular files are opened with O_DIRECT. */
  readonly directIo?: 'refused'
  statfs(): StatFs
  /** Options for /proc/mounts, after rw/ro and the mount flags; e.g. ['size=64k']. */
  options(): readonly string[]
  /** Last unmount. */
  release(): void
}

/**
 * A file. One object per file while anyone refers to it. Operations get permission-checked,
 * well-formed names (never "", ".", "..", never with "/" or NUL) from the VFS, and throw Errno
 * constants. The defaults answer what Linux answers for a file type without the operation.
 * All are synchronous: none sleeps (opening a FIFO, which may, returns a generator).
 */
export abstract class Inode {
  abstract readonly fs: FileSystem
  /** Locks on the file; made by the first one. */
  locks: FileLocks | undefined = undefined
  /** Who wants to hear what happens to the file (inotify). */
  watchers: Watchers | undefined = undefined
  /** Descriptions open for writing, or minus those that deny writing because it is executed. */
  writers = 0
  /** How many vmas map it shared that are writable, or may become so (i_mmap_writable). */
  writableMappings = 0

  /** An O_TMPFILE file that may get a name although it has none (I_LINKABLE). */
  get linkable(): boolean {
    return false
  }

  /** A directory in which there never is anything: mounts on it hide nothing. */
  get isAlwaysEmpty(): boolean {
    return false
  }

  /** The mount namespace that this is the file of (nsfs): it has a say in where it may be mounted. */
  get mountNamespace(): MountNamespace | undefined {
    return undefined
  }

  /** File type, under S_IFMT. */
  get type(): number {
    return this.attr().mode & S_IFMT
  }
  /** Current attributes. May return the same object each time: read, then forget. */
  abstract attr(): Attr
  setattr(_change: AttrChange): void {
    throw EPERM
  }

  // Directories.
  /** All entries but "." and "..", for file systems that build on this one. */
  list(): Iterable<Dirent> {
    throw ENOTDIR
  }
  lookup(_name: string): Inode | undefined {
    throw ENOTDIR
  }
  /** Whether `lookupPath` is cheaper than one lookup after the other: for files that are far away. */
  get looksAhead(): boolean {
    return false
  }
  /**
   * What the names of a path that starts here lead to: for as many of them as one question answers, one
   * at least; undefined for a missing one, the last then.
   */
  lookupPath(names: readonly string[]): readonly (Inode | undefined)[] {
    return [this.lookup(names[0]!)]
  }
  /** Makes a regular file. */
  create(_name: string, _mode: number, _owner: Owner): Inode {
    throw EROFS
  }
  mkdir(_name: string, _mode: number, _owner: Owner): Inode {
    throw EROFS
  }
  /** `mode` includes the type: FIFO, socket, character or block device. */
  mknod(_name: string, _mode: number, _rdev: number, _owner: Owner): Inode {
    throw EPERM
  }
  symlink(_name: string, _target: string, _owner: Owner): Inode {
    throw EPERM
  }
  link(_name: string, _target: Inode): void {
    throw EPERM
  }
  unlink(_name: string, _child: Inode): void {
    throw EPERM
  }
  rmdir(_name: string, _child: Inode): void {
    throw EPERM
  }
  /** The VFS has checked types, ancestry and permissions; `replaced` is what `newName` holds now. */
  rename(
    _oldName: string,
    _child: Inode,
    _newDir: Inode,
    _newName: string,
    _replaced: Inode | undefined,
    _flags: number,
  ): void {
    throw EPERM
  }
  /** An unnamed file for O_TMPFILE. */
  tmpfile(_mode: number, _owner: Owner, _flags: number): Inode {
    throw EOPNOTSUPP
  }

  // Symbolic links.
  readlink(_task: Task): string {
    throw EINVAL
  }
  /** Magic links (/proc/PID/fd/N, exe, cwd, root): the place itself instead of a text to walk. */
  followLink(_task: Task): Path | undefined {
    return undefined
  }

  // Extended attributes. Names with their prefix.
  getxattr(_name: string): Uint8Array {
    throw ENODATA
  }
  listxattr(): readonly string[] {
    return []
  }
  setxattr(_name: string, _value: Uint8Array, _flags: number): void {
    throw EOPNOTSUPP
  }
  removexattr(_name: string): void {
    throw EOPNOTSUPP
  }
  /** Its content or owner changes: takes security.capability away. Directories of the host have that done by the host. */
  dropCapabilities(): void {}

  /**
   * Opens it. Permission, O_EXCL, O_DIRECTORY, O_NOFOLLOW and O_TRUNC are the VFS's work.
   * `flags` are the O_* flags; `path` is what the description will show in /proc/PID/fd.
   */
  abstract open(task: Task, path: Path, flags: number): FileDescription | Blocking<FileDescription>

  /** It is about to be opened and truncated: what is in it is lost (overlays need not copy it). */
  discardContent(): void {}

  /** Whether the task may do that even where the permission bits say no (/proc/self/fd). */
  grants(_task: Task): boolean {
    return false
  }
  /** Extra access rule after the usual permission check; an errno to refuse with. */
  refuse(_task: Task, _mask: number): Errno | undefined {
    return undefined
  }
}
