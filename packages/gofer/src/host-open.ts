// Opening and making regular files of the host, with names and without. (gofer)

import {
  EISDIR,
  ELOOP,
  ENOENT,
  ENXIO,
  EROFS,
  Errno,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
  O_TRUNC,
} from '@tsvisor/abi'
import { close, fstat, openat } from '@tsvisor/host'
import { type NewOwner, S_IFDIR, S_IFLNK, S_IFREG } from '@tsvisor/p9'
import type { HostNode } from './host-node.ts'
import { own, type Self } from './make.ts'
import { type NodeTable, openComponent } from './node-table.ts'
import { openPath, reopen } from './proc-fd.ts'

/** Throws EROFS in an export that is only read. */
export const writable = (node: HostNode): void => {
  if (node.export.access === 'read') throw EROFS
}

/** Opens the file behind an O_PATH descriptor in the export of `place`. */
export const openFile = (place: HostNode, pathFd: number, type: number, flags: number): number => {
  if ((flags & O_ACCMODE) !== O_RDONLY || flags & O_TRUNC) writable(place)
  if (type === S_IFDIR) throw EISDIR
  if (type === S_IFLNK) throw ELOOP
  if (type !== S_IFREG) throw ENXIO
  return reopen(pathFd, flags & ~O_NOFOLLOW)
}

const openExisting = (
  table: NodeTable,
  dir: HostNode,
  name: string,
  flags: number,
): { node: HostNode; fd: number } => {
  const pathFd = openComponent(table.fd(dir), name)
  const node = table.adopt(pathFd, fstat(pathFd), dir, name)
  try {
    return { node, fd: openFile(node, table.fd(node), node.type, flags) }
  } catch (error) {
    table.release(node)
    throw error
  }
}

/** Without O_EXCL an existing regular file is opened, as Linux's O_CREAT does. */
export const createFile = (
  table: NodeTable,
  dir: HostNode,
  name: string,
  { flags, mode }: { readonly flags: number; readonly mode: number },
  owner: NewOwner,
  self: Self,
): { node: HostNode; fd: number } => {
  writable(dir)
  const dirFd = table.fd(dir)
  const bits = mode & 0o7777
  const wanted = (flags & ~(O_EXCL | O_TRUNC)) | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
  let fd: number
  try {
    fd = openat(dirFd, name, wanted | O_CREAT | O_EXCL, bits)
  } catch (error) {
    if (!(error instanceof Errno) || error.name !== 'EEXIST' || flags & O_EXCL) throw error
    return openExisting(table, dir, name, flags)
  }
  try {
    own(fd, fstat(fd), bits, owner, self)
    // Opened by name once more for a handle of our own; the name may lead elsewhere by now.
    const pathFd = openComponent(dirFd, name)
    const stat = fstat(pathFd)
    const made = fstat(fd)
    if (stat.ino !== made.ino || stat.dev !== made.dev) {
      close(pathFd)
      throw ENOENT
    }
    return { node: table.adopt(pathFd, stat, dir, name), fd }
  } catch (error) {
    close(fd)
    throw error
  }
}

/** A file without a name, readable and writable; O_EXCL: it never gets one. */
export const createTemporary = (
  table: NodeTable,
  dir: HostNode,
  { flags, mode }: { readonly flags: number; readonly mode: number },
  owner: NewOwner,
  self: Self,
): { node: HostNode; fd: number } => {
  writable(dir)
  const bits = mode & 0o7777
  const wanted = O_TMPFILE | O_RDWR | (flags & O_EXCL) | O_CLOEXEC
  const fd = openat(table.fd(dir), '.', wanted, bits)
  try {
    own(fd, fstat(fd), bits, owner, self)
    const node = table.adopt(openPath(fd), fstat(fd), dir, '')
    table.losing(node)
    return { node, fd }
  } catch (error) {
    close(fd)
    throw error
  }
}
