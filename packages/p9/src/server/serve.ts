// Serves a tree on a transport: requests in any number, answered when their operations are done. (p9)

import type { ByteTransport } from '../transport/byte-transport.ts'
import type { FileTree } from './file-tree.ts'
import { LockTable } from './lock-table.ts'
import { type Served, ServedConnection, type ServeOptions } from './served-connection.ts'
import type { ServedTree } from './served-tree.ts'

const lockTables = new WeakMap<object, LockTable>()

const locksOf = (tree: object): LockTable => {
  let table = lockTables.get(tree)
  if (table === undefined) {
    table = new LockTable()
    lockTables.set(tree, table)
  }
  return table
}

/**
 * Serves one client until it is gone. Call it for each: connections of one tree share what the
 * tree holds, and the locks that the server keeps where the tree has no `lock`.
 */
export const serve = <N, H>(
  tree: ServedTree<N, H> | FileTree<N, H>,
  transport: ByteTransport,
  options: ServeOptions = {},
): Served => {
  const served = tree as ServedTree<N, H>
  return new ServedConnection(served, transport, options, locksOf(tree))
}
