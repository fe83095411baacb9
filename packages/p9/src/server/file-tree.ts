// What a 9P server serves: a table of operations on nodes of the implementer's own type. (p9)
// Missing operations answer EOPNOTSUPP. Errors are thrown: anything with a numeric errno as `code`.

import type { Attr, Dirent, Qid, Reply, Request } from '../messages.ts'
import type { Wide } from '../wire.ts'

export interface AttachRequest {
  readonly aname: string
  readonly uname: string
  /** NONUNAME where the client gave only a name. */
  readonly uid: number
}

/** Who owns a new file; `uid` undefined: the client did not say whom it attached as. */
export interface NewOwner {
  readonly uid: number | undefined
  readonly gid: number
}

/**
 * A tree of files. `N` is a node (a file or directory, whatever its name is or was), `H` an open
 * one. Names have been checked: never empty, ".", "..", nor with "/" or NUL. Every node that an
 * operation returns is held until it is given to `release`.
 */
export interface FileTree<N, H> {
  attach(request: AttachRequest): N
  qid(node: N): Qid
  getattr(node: N): Attr
  /** The child; ENOENT, ENOTDIR. Never follows a symlink. */
  walk(dir: N, name: string): N
  /** The directory above; the root's is itself. */
  parent(node: N): N
  /** Another hold on the same node. */
  retain(node: N): N
  release(node: N): void
  /** O_* flags; O_CREAT, O_EXCL and O_DIRECT have been taken out. Never follows a symlink. */
  open(node: N, flags: number): H
  close(handle: H): void

  readonly read?: (handle: H, target: Uint8Array, offset: Wide) => number
  readonly write?: (handle: H, source: Uint8Array, offset: Wide) => number
  /** Entries after `offset` (0: the start), at least one unless at the end; those beyond what fits are dropped. */
  readonly readdir?: (handle: H, offset: Wide, count: number) => readonly Dirent[]
  readonly fsync?: (handle: H, scope: 'data' | 'all') => void
  /** fsync of what is not open. */
  readonly syncNode?: (node: N, scope: 'data' | 'all') => void
  readonly create?: (
    dir: N,
    name: string,
    flags: number,
    mode: number,
    owner: NewOwner,
  ) => { readonly node: N; readonly handle: H }
  readonly mkdir?: (dir: N, name: string, mode: number, owner: NewOwner) => N
  readonly symlink?: (dir: N, name: string, target: string, owner: NewOwner) => N
  readonly mknod?: (
    dir: N,
    name: string,
    mode: number,
    major: number,
    minor: number,
    owner: NewOwner,
  ) => N
  readonly link?: (dir: N, node: N, name: string) => void
  readonly unlink?: (dir: N, name: string) => void
  readonly rmdir?: (dir: N, name: string) => void
  /** Every node under the old name is under the new one afterwards. */
  readonly rename?: (oldDir: N, oldName: string, newDir: N, newName: string) => void
  /** Each name leads to what the other led to, as do all nodes below them. */
  readonly exchange?: (oldDir: N, oldName: string, newDir: N, newName: string) => void
  /** Tremove and Trename know the node, not its name. */
  readonly remove?: (node: N) => void
  readonly renameNode?: (node: N, newDir: N, newName: string) => void
  readonly readlink?: (node: N) => string
  readonly setattr?: (node: N, change: Request<'setattr'>) => void
  readonly statfs?: (node: N) => Reply<'statfs'>
  readonly getxattr?: (node: N, name: string) => Uint8Array
  readonly listxattr?: (node: N) => readonly string[]
  readonly setxattr?: (node: N, name: string, value: Uint8Array, flags: number) => void
  readonly removexattr?: (node: N, name: string) => void
  readonly lock?: (handle: H, request: Request<'lock'>) => number
  readonly getlock?: (handle: H, request: Request<'getlock'>) => Reply<'getlock'>
  /** As `readdir`, of a directory that is not open; `count` bytes full, or all that there is. */
  readonly list?: (node: N, offset: Wide, count: number) => readonly Dirent[]
  /** Attributes of what has the name now, without a node; undefined where nothing can be said. */
  readonly childAttr?: (dir: N, name: string) => Attr | undefined
  /** A descriptor of a child, as `openDescriptor`, without a node. */
  readonly openChild?: (dir: N, name: string, flags: number) => number
  /** A descriptor to pass to the client; whoever sends the reply closes it. */
  readonly openDescriptor?: (node: N, flags: number) => number
  readonly createDescriptor?: (
    dir: N,
    name: string,
    flags: number,
    mode: number,
    owner: NewOwner,
  ) => { readonly node: N; readonly fd: number }
  /** As createDescriptor, of a file without a name; O_EXCL: it never gets one. */
  readonly temporaryDescriptor?: (
    dir: N,
    flags: number,
    mode: number,
    owner: NewOwner,
  ) => { readonly node: N; readonly fd: number }
}
