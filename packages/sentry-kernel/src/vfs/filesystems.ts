// The file system types that mount(2) knows. (vfs)

import { kernelLocal } from '../kernel/kernel-local.ts'
import type { Task } from '../task/task.ts'
import type { FileSystem } from './inode.ts'

/** Makes an instance for mount(2). `data` is the option text. Errors: EINVAL (bad options) …. */
export type MakeFileSystem = (task: Task, source: string, data: string) => FileSystem

export interface FileSystemType {
  readonly make: MakeFileSystem
  /** Shown without "nodev" in /proc/filesystems. */
  readonly needsDevice?: true
  /** MS_REMOUNT with new options. Errors: EINVAL. */
  readonly remount?: (fs: FileSystem, data: string) => void
}

/** By name; boot adds those of its own (proc, sysfs …), tmpfs is always there. */
export const fileSystemTypes = kernelLocal(() => new Map<string, FileSystemType>())

/** st_dev numbers of instances: anonymous devices, major 0. The first ones are for internal use. */
const numbers = kernelLocal(() => ({ last: 0x20 }))
export const nextDevice = (kernel: Task['kernel']): number => {
  const minor = ++numbers(kernel).last
  // new_encode_dev: the low eight bits of the minor number, then the major, then the rest.
  return (minor & 0xff) | ((minor & ~0xff) << 12)
}
