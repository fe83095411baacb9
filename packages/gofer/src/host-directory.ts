// Listing host directories. (gofer)

import { O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_RDONLY } from '@tsvisor/abi'
import { getdents, type HostDirent, openat, seekDirectory } from '@tsvisor/host'
import type { Dirent, Wide } from '@tsvisor/p9'
import { toQid } from './attributes.ts'
import type { HostNode } from './host-node.ts'

/** Opens a directory for reading, by its O_PATH descriptor. */
export const openDirectory = (pathFd: number): number =>
  openat(pathFd, '.', O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)

const wide = (value: bigint): Wide =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value

/** Linux DT_* to S_IFMT: the same four bits, shifted. */
const typeBits = (type: number): number => type << 12

/** Bytes of an entry in a reply, without its name (Rreaddir: qid, offset, type, length). */
const ENTRY_BYTES = 24

/**
 * Entries after `offset`: all there are, or as many as `room` bytes of a reply hold, and no more
 * than 64 KiB beyond that. ".." of the root is the root.
 */
export const listHost = (
  node: HostNode,
  fd: number,
  offset: Wide,
  dots: 'with-dots' | 'without-dots',
  room: number,
): Dirent[] => {
  seekDirectory(fd, BigInt.asIntN(64, BigInt(offset)))
  const entries: Dirent[] = []
  let left = room
  for (;;) {
    const found = getdents(fd)
    for (const entry of found) {
      const dot = isDot(entry)
      if (dot && dots === 'without-dots') continue
      const up = entry.name === '..' && node.isRoot
      const path = up ? node.path : node.export.paths.path(node.dev, entry.ino)
      entries.push({
        qid: toQid(path, typeBits(entry.type)),
        offset: wide(entry.offset),
        type: entry.type,
        name: entry.name,
      })
      left -= ENTRY_BYTES + entry.name.length
    }
    if (found.length === 0 || left < 0) return entries
  }
}

const isDot = ({ name }: HostDirent): boolean => name === '.' || name === '..'
