// State that the handlers of one connection share. (p9)

import { VERSION_L } from '../constants.ts'
import type { FidTable } from './fid-table.ts'
import type { FileTree } from './file-tree.ts'

export interface Session<N, H> {
  readonly tree: FileTree<N, H>
  readonly fids: FidTable<N, H>
  /** What this server offers at most. */
  readonly maxMsize: number
  readonly dialect: 'extended' | 'plain'
  /** Agreed in Tversion; 0 before. */
  msize: number
  version: string
  /** To be passed beside the reply under way. */
  passedFd: number | undefined
  /** Where Rread's data is collected: reused by every read. */
  readonly ioBuffer: Uint8Array
}

export const isExtended = (version: string): boolean => version !== VERSION_L && version !== ''
