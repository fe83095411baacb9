// Finding the place of a mount in the guest's tree, and making it where it is missing. (runsc)

import { posix } from 'node:path'
import { EACCES, ELOOP, ENOENT, ENOTDIR, EPERM, EROFS, Errno, S_IFDIR, S_IFLNK } from '@tsvisor/abi'
import {
  type Dentry,
  type Inode,
  instantiate,
  lookupChild,
  type MountNamespace,
  type Path,
  Tmpfs,
  type TmpfsOptions,
} from '@tsvisor/sentry-kernel'

const MAX_LINKS = 40
const ROOT = { uid: 0, gid: 0 }

export interface MountPointOptions {
  readonly namespace: MountNamespace
  /** For places in trees that cannot be written: they exist in the guest only. */
  readonly synthetic: Omit<TmpfsOptions, 'mode'>
}

/**
 * The place at the absolute path `destination`, following symbolic links within the guest's root.
 * What is missing is made: directories, and at the end what is to be mounted. Errors: Errno.
 */
export function mountPoint(
  options: MountPointOptions,
  destination: string,
  kind: 'directory' | 'file',
): Path {
  return walk(options.namespace, destination, (parent, absent, isLast) =>
    make(options, parent, absent, isLast ? kind : 'directory'),
  )
}

/** Likewise, of what is there. Undefined: nothing is. */
export function existingPlace(namespace: MountNamespace, path: string): Path | undefined {
  try {
    return walk(namespace, path, () => {
      throw ENOENT
    })
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** Whether the last name of the path is a symbolic link. */
export function isLink(namespace: MountNamespace, path: string): boolean {
  const directory = existingPlace(namespace, posix.dirname(path))?.dentry
  if (directory?.inode?.type !== S_IFDIR) return false
  return lookupChild(directory, posix.basename(path)).inode?.type === S_IFLNK
}

/** `missing` gives the dentry an inode, or throws. */
function walk(
  namespace: MountNamespace,
  destination: string,
  missing: (parent: Dentry, absent: Dentry, isLast: boolean) => void,
): Path {
  const root = namespace.rootPath
  const stack: Path[] = [root]
  const names = destination.split('/').reverse()
  let links = 0
  while (names.length > 0) {
    const name = names.pop()!
    if (name === '' || name === '.') continue
    if (name === '..') {
      if (stack.length > 1) stack.pop()
      continue
    }
    const at = stack[stack.length - 1]!
    if (at.dentry.inode!.type !== S_IFDIR) throw ENOTDIR
    const child = lookupChild(at.dentry, name)
    if (child.inode?.type === S_IFLNK) {
      if (++links > MAX_LINKS) throw ELOOP
      const target = child.inode.readlink(undefined as never)
      if (target.startsWith('/')) stack.length = 1
      names.push(...target.split('/').reverse())
      continue
    }
    if (child.inode === undefined)
      missing(
        at.dentry,
        child,
        names.every(rest => rest === '' || rest === '.'),
      )
    stack.push(namespace.top({ mount: at.mount, dentry: child }))
  }
  return stack[stack.length - 1]!
}

/** Gives a name that is not taken to a file that exists in the guest only. */
export function synthesize(parent: Dentry, absent: Dentry, inode: Inode): void {
  instantiate(parent, absent, inode)
  // Nobody else knows this inode: its name must not be evicted.
  absent.pin()
}

function make(
  { synthetic }: MountPointOptions,
  parent: Dentry,
  absent: Dentry,
  kind: 'directory' | 'file',
): void {
  const add = (directory: Inode, name: string): Inode =>
    kind === 'directory' ? directory.mkdir(name, 0o755, ROOT) : directory.create(name, 0o644, ROOT)
  let inode: Inode
  try {
    inode = add(parent.inode!, absent.name)
  } catch (error) {
    if (error !== EROFS && error !== EACCES && error !== EPERM) throw error
    inode = add(new Tmpfs(synthetic).root, absent.name)
  }
  synthesize(parent, absent, inode)
}
