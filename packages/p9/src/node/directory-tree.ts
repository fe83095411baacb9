// A directory of this machine as a tree to serve, with node:fs. (p9)

import fs from 'node:fs'
import { resolve } from 'node:path'
import { toByteString } from '../text.ts'
import { FsTree, type FsTreeOptions } from '../trees/fs-tree.ts'

/**
 * Serves what is below `directory`; symlinks in its own path are followed, once. New files belong
 * to this process's user. Other programs that move directories about while they are served can
 * make it follow a symlink: where they are hostile, use @tsvisor/gofer.
 */
export const directoryTree = (
  directory: string,
  options: Pick<FsTreeOptions, 'access'> = {},
): FsTree =>
  new FsTree(fs, toByteString(fs.realpathSync(resolve(directory))), {
    ...options,
    now: Date.now,
    names: 'bytes',
  })
