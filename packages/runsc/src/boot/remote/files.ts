// The gofer's files for the kernel, over the 9P client. (runsc)

import type { HostFile, RemoteEntry, RemoteFs } from '@tsvisor/sentry-kernel'
import { toRemoteAttr } from './attr.ts'
import { Link, type LinkOptions } from './link.ts'
import { GoferNode } from './node.ts'
import { type GoferGone, GoferTransport } from './transport.ts'

export { GoferGone } from './transport.ts'

export interface RemoteFilesOptions extends LinkOptions {
  /**
   * Called once when the gofer is gone, before GoferGone is thrown at whoever needed it: report
   * it and end the container here.
   */
  readonly onGone?: (error: GoferGone) => void
  readonly msize?: number
}

const DEFAULT_MSIZE = 128 * 1024

/** One connection to the gofer, shared by all its attach points. */
export interface RemoteFiles {
  /** The attach point `aname`; it is attached when the kernel asks. */
  tree(aname: string): RemoteFs
  /** Closes the socket. Whatever still needs a file gets EIO. */
  close(): void
}

/**
 * Negotiates on a connected, blocking stream socket. `openFile` makes the kernel's view of a
 * passed descriptor, which it then owns. Throws GoferGone.
 */
export function connectFiles(
  socket: number,
  openFile: (fd: number) => HostFile,
  options: RemoteFilesOptions = {},
): RemoteFiles {
  const msize = options.msize ?? DEFAULT_MSIZE
  const transport = new GoferTransport(socket, msize, options.onGone)
  const link = new Link(transport, openFile, msize, options)
  const tree = (aname: string): RemoteFs => ({ attach: () => attach(link, aname) })
  return { tree, close: () => transport.close() }
}

function attach(link: Link, aname: string): RemoteEntry {
  const fid = link.guarded(() => link.client.attach(aname))
  const { entries } = link.call('walkattr', { fid, steps: [] })
  return { node: new GoferNode(link, fid), attr: toRemoteAttr(entries[0]!, link) }
}
