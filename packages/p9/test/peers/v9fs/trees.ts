// What Linux's client is tried on: a directory of this machine, memfs, objects in memory.
import { Volume } from 'memfs'
import { type FsLike, FsTree } from '../../../src/index.ts'
import { directoryTree } from '../../../src/node/index.ts'
import { MemTree } from '../../mem-tree.ts'

const memfs = () => {
  const volume = new Volume()
  volume.mkdirSync('/served')
  return new FsTree(volume as unknown as FsLike, '/served', { now: Date.now })
}

/** Each makes a new empty tree; `directory` is an empty directory. */
export const trees = {
  host: (directory: string) => directoryTree(directory),
  memfs: (_directory: string) => memfs(),
  objects: (_directory: string) => new MemTree(),
} as const

export type TreeName = keyof typeof trees
