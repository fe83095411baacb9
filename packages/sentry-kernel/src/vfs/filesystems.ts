// What mount(2) knows of a file system type. (vfs)

import type { Task } from '../task/task.ts'
import type { UserNamespace } from '../task/user-namespace.ts'
import type { FileSystem } from './inode.ts'

/** Makes an instance for mount(2). `data` is the option text. Errors: EINVAL (bad options) …. */
export type MakeFileSystem = (task: Task, source: string, data: string) => FileSystem

export interface FileSystemType {
  /**
   * Whose an instance is that a task mounts: who holds CAP_SYS_ADMIN there may mount it. Absent: the
   * first user namespace's.
   */
  readonly owner?: (task: Task) => UserNamespace
  /** `make` may give an instance that there is already. */
  readonly instances?: 'shared'
  /** It tells of more than what its users may do (SB_I_USERNS_VISIBLE). */
  readonly shows?: 'system'
  readonly make: MakeFileSystem
  /** Shown without "nodev" in /proc/filesystems. */
  readonly needsDevice?: true
  /** Whether `make` would take that option ("size=64k"). Absent: `make` says it. Errors: EINVAL. */
  readonly check?: (task: Task, option: string) => void
  /** The directory of an instance that a mount by this task shows; default its root. */
  readonly start?: (task: Task, fs: FileSystem) => string
  /** MS_REMOUNT with new options. Errors: EINVAL. */
  readonly remount?: (fs: FileSystem, data: string) => void
}
