// State that the handlers of one connection share. (p9)

import { VERSION_L } from '../constants.ts'
import { Operation } from '../signal.ts'
import { FidTable } from './fid-table.ts'
import type { LockTable } from './lock-table.ts'
import type { ServedTree } from './served-tree.ts'

export interface ServerOptions {
  /** Bytes of the largest message; default 128 KiB. */
  readonly msize?: number
  /** Fids of one connection at most; default 131072. */
  readonly maxFids?: number
  /** `plain` never agrees to the extension. Default `extended`. */
  readonly dialect?: 'extended' | 'plain'
  /** Gets a line for each message. */
  readonly trace?: (line: string) => void
  /** Gets what an operation threw that carries no errno; the client sees EIO. */
  readonly onBug?: (error: unknown) => void
}

export const DEFAULT_MSIZE = 128 * 1024
const DEFAULT_MAX_FIDS = 131_072

export interface Session<N, H> {
  /** Distinguishes the connections of one tree. */
  readonly id: number
  readonly tree: ServedTree<N, H>
  /** Another table after each Tversion. */
  fids: FidTable<N, H>
  /** Locks that the server keeps for a tree without any of its own. */
  readonly locks: LockTable | undefined
  /** What this server offers at most. */
  readonly maxMsize: number
  readonly dialect: 'extended' | 'plain'
  /** Agreed in Tversion; 0 before. */
  msize: number
  version: string
  /** To be passed beside the reply under way. */
  passedFds: number[]
  /** Where a read's data goes: `count` bytes, no more than fit in a reply. */
  readBuffer: (count: number) => Uint8Array
  /** Forgets all fids. */
  restart(): void
}

let sessions = 0

export const newSession = <N, H>(
  tree: ServedTree<N, H>,
  options: ServerOptions,
  locks: LockTable | undefined,
  readBuffer: (count: number) => Uint8Array,
): Session<N, H> => {
  const idle = new Operation()
  const newTable = () =>
    new FidTable<N, H>(
      tree,
      options.maxFids ?? DEFAULT_MAX_FIDS,
      entry => locks?.release(tree.qid(entry.node).path, entry),
      idle,
    )
  const session: Session<N, H> = {
    id: ++sessions,
    tree,
    fids: newTable(),
    locks,
    maxMsize: options.msize ?? DEFAULT_MSIZE,
    dialect: options.dialect ?? 'extended',
    msize: 0,
    version: '',
    passedFds: [],
    readBuffer,
    restart: () => {
      session.fids.clear()
      session.fids = newTable()
      session.msize = 0
      session.version = ''
    },
  }
  return session
}

export const isExtended = (version: string): boolean => version !== VERSION_L && version !== ''
