// Unix socket addresses: paths, abstract names, and who is bound to them. (socket/unix)
// Linux net/unix/af_unix.c: unix_mkname_bsd, unix_bind_bsd, unix_autobind, unix_find_other.

import {
  AF_UNIX,
  AT_FDCWD,
  EADDRINUSE,
  ECONNREFUSED,
  EEXIST,
  EINVAL,
  ENOSPC,
  S_IFSOCK,
} from '@tsvisor/abi'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import { byteString } from '../../mm/user-memory.ts'
import type { Task } from '../../task/task.ts'
import { mknodAt } from '../../vfs/create.ts'
import type { Inode } from '../../vfs/inode.ts'
import { resolve } from '../../vfs/namei.ts'
import { checkInode, MAY_WRITE } from '../../vfs/permission.ts'
import { familyOf } from '../address-family.ts'
import type { UnixSocket } from './unix-socket.ts'

const PATH_MAX = 108
/** Only the family: the name of an unbound socket. */
export const UNNAMED = Uint8Array.of(AF_UNIX, 0)

export type UnixName =
  | { readonly kind: 'unnamed' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'abstract'; readonly key: string }

/** Errors: EINVAL. */
export function parseUnixAddress(address: Uint8Array): UnixName {
  if (address.length > PATH_MAX + 2 || familyOf(address) !== AF_UNIX) throw EINVAL
  const name = address.subarray(2)
  if (name.length === 0) return { kind: 'unnamed' }
  if (name[0] === 0) return { kind: 'abstract', key: byteString(name) }
  const end = name.indexOf(0)
  return { kind: 'path', path: byteString(end < 0 ? name : name.subarray(0, end)) }
}

/** sockaddr_un: a path with its NUL, an abstract name without. */
export function encodeUnixName(name: UnixName): Uint8Array {
  if (name.kind === 'unnamed') return UNNAMED
  const text = name.kind === 'path' ? `${name.path}\0` : name.key
  const data = new Uint8Array(2 + text.length)
  data[0] = AF_UNIX
  for (let i = 0; i < text.length; i++) data[2 + i] = text.charCodeAt(i)
  return data
}

/** Sockets of different types may have the same abstract name. */
export const abstractKey = (type: number, key: string): string => `${type}${key}`

/** Sockets bound to files, of whatever network namespace. */
const boundInodes = kernelLocal(() => new WeakMap<Inode, UnixSocket>())
const AUTOBIND_NAMES = 0x10_0000

/** Gives `socket` a name. Errors: EADDRINUSE, those of mknod(2). Returns the name it has now. */
export function bindUnixName(task: Task, socket: UnixSocket, name: UnixName): UnixName {
  if (name.kind === 'unnamed') return autobind(socket)
  if (name.kind === 'abstract') {
    const { abstractNames } = socket.net
    const key = abstractKey(socket.socketType, name.key)
    if (abstractNames.has(key)) throw EADDRINUSE
    abstractNames.set(key, socket)
    return name
  }
  const mode = S_IFSOCK | (socket.inode.attr().mode & 0o777 & ~task.fs.umask)
  try {
    const place = mknodAt(task, AT_FDCWD, name.path, mode, 0)
    const inode = place.dentry.inode!
    boundInodes(task.kernel).set(inode, socket)
    socket.boundTo = inode
  } catch (error) {
    throw error === EEXIST ? EADDRINUSE : error
  }
  return name
}

/** An abstract name of five hexadecimal digits that is free. Errors: ENOSPC. */
export function autobind(socket: UnixSocket): UnixName {
  const { abstractNames } = socket.net
  for (let tries = 0; tries < AUTOBIND_NAMES; tries++) {
    const number = socket.net.nextAutobind++ % AUTOBIND_NAMES
    const key = `\0${number.toString(16).padStart(5, '0')}`
    const entry = abstractKey(socket.socketType, key)
    if (abstractNames.has(entry)) continue
    abstractNames.set(entry, socket)
    return { kind: 'abstract', key }
  }
  throw ENOSPC
}

/** Who is bound to a name, as `from` sees it. Errors: ECONNREFUSED, those of path lookup, EACCES. */
export function findUnixSocket(task: Task, name: UnixName, from: UnixSocket): UnixSocket {
  if (name.kind === 'unnamed') throw ECONNREFUSED
  if (name.kind === 'abstract') {
    const socket = from.net.abstractNames.get(abstractKey(from.socketType, name.key))
    if (socket === undefined) throw ECONNREFUSED
    return socket
  }
  const { dentry } = resolve(task, AT_FDCWD, name.path)
  const inode = dentry.inode!
  checkInode(task, inode, MAY_WRITE)
  const socket = inode.type === S_IFSOCK ? boundInodes(task.kernel).get(inode) : undefined
  if (socket === undefined || socket.closed) throw ECONNREFUSED
  return socket
}
