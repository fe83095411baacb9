// The gofer's loop: receive, answer, until the sandbox is gone. (gofer)

import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_SETFCAP,
  O_CLOEXEC,
  O_PATH,
} from '@tsvisor/abi'
import {
  AT_FDCWD,
  close,
  getLimit,
  limitCapabilities,
  openat,
  pollReadable,
  umask,
} from '@tsvisor/host'
import type { ServerOptions } from '@tsvisor/p9'
import { Connection } from './connection.ts'
import type { ExportConfig } from './export.ts'
import type { HostNode } from './host-node.ts'
import { HostTree } from './host-tree.ts'
import { NodeTable } from './node-table.ts'

export interface ServeOptions extends Pick<ServerOptions, 'msize' | 'trace' | 'onBug'> {
  /** Connected blocking stream sockets, one client each; closed when it is gone. */
  readonly connections: readonly number[]
  readonly exports: readonly ExportConfig[]
  /** Called when all exports are open: from then on no other path leads anywhere. */
  readonly onReady?: () => void
  /** O_PATH descriptors kept open at most; default: half of RLIMIT_NOFILE. */
  readonly maxOpen?: number
  /** What else this process hears of while it serves. */
  readonly also?: Source
}

/** A descriptor that is looked at when something can be read from it. */
export interface Source {
  readonly fd: number
  readonly onReadable: () => void
}

const RLIMIT_NOFILE = 7
const MAX_OPEN = 262_144

/** What being root on the host's files takes; nothing beyond files. */
const FILE_CAPABILITIES = [
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_SETFCAP,
]

/**
 * Serves the exports on the connections until all of them are closed, then returns. Blocks the
 * thread. Every client sees every export. For a process of its own: sets its umask to 0 and gives
 * up all capabilities but those over files. Throws a plain Error if an export cannot be opened.
 */
export const serve = (options: ServeOptions): void => {
  umask(0)
  const table = new NodeTable(options.maxOpen ?? defaultMaxOpen())
  const roots = new Map<string, HostNode>()
  for (const exported of options.exports) {
    roots.set(exported.attach, table.addRoot(openRoot(exported), exported.access))
  }
  limitCapabilities(FILE_CAPABILITIES)
  const self = { uid: process.geteuid!(), gid: process.getegid!() }
  const tree = new HostTree(table, roots, self)
  const live = options.connections.map(fd => new Connection(fd, tree, options))
  options.onReady?.()
  const { also } = options
  while (live.length > 0) {
    const sources = [...live, ...(also ? [also] : [])].map(({ fd }) => fd)
    const index = live.length === 1 && !also ? 0 : pollReadable(sources, -1)
    if (index === live.length) also!.onReadable()
    const connection = live[index]
    if (connection === undefined || connection.serveOnce() === 'open') continue
    connection.close()
    live.splice(index, 1)
  }
  for (const root of roots.values()) close(root.fd)
}

const openRoot = ({ path }: ExportConfig): number => {
  try {
    return openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0)
  } catch (error) {
    throw new Error(`cannot serve ${path}: ${(error as Error).message}`)
  }
}

const defaultMaxOpen = (): number => {
  const { soft } = getLimit(RLIMIT_NOFILE)
  return Math.max(32, Math.min(MAX_OPEN, Math.floor(soft / 2)))
}
