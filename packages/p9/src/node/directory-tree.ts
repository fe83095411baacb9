// A directory of this machine as a tree to serve, with node:fs. (p9)

import fs from 'node:fs'
import { resolve } from 'node:path'
import { toByteString } from '../text.ts'
import type { FsLike } from '../trees/fs-like.ts'
import { FsTree, type FsTreeOptions } from '../trees/fs-tree.ts'
import { makeSpecial } from './make-special.ts'

const host: FsLike = { ...fs, mknod: makeSpecial }

/**
 * Serves what is below `directory`; symlinks in its own path are followed, once. New files get the
 * owner that the client names where this process may give files away (root), else its own. Other programs that move directories about while they are served can
 * make it follow a symlink: where they are hostile, use @tsvisor/gofer.
 */
export const directoryTree = (
  directory: string,
  options: Pick<FsTreeOptions, 'access'> = {},
): FsTree =>
  new FsTree(host, toByteString(fs.realpathSync(resolve(directory))), {
    ...options,
    now: Date.now,
    names: 'bytes',
  })
