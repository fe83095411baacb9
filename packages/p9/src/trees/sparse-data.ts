// Data of files in memory, which keep holes whole: what follows a large one is kept elsewhere. (p9)

import { EFBIG, P9Error } from '../errno.ts'
import { type FsLike, fstat } from './fs-like.ts'
import type { Facts, OwnedFiles } from './owned-files.ts'
import { Tail } from './tail.ts'

/** A hole that may be filled with zeros. */
const MAX_HOLE = 2 ** 24
/** What the file system keeps of a file at most: it doubles the memory of one that grows. */
const MAX_HEAD = 2 ** 30

const fits = (head: number, start: number, end: number): boolean =>
  start <= head + MAX_HOLE && end <= MAX_HEAD

export type DataFunctions = Pick<FsLike, 'readSync' | 'writeSync' | 'ftruncateSync'>

export const sparseData = (fs: FsLike, owned: OwnedFiles): DataFunctions => {
  const headSize = (fd: number): number => Number(fstat(fs, fd).size)
  const tailOf = (facts: Facts, head: number): Tail => {
    facts.tail ??= new Tail(head)
    return facts.tail
  }

  return {
    readSync: (fd, buffer, offset, length, at) => {
      const tail = owned.open(fd)?.facts.tail
      if (tail === undefined) return fs.readSync(fd, buffer, offset, length, at)
      const inHead = Math.max(0, Math.min(length, headSize(fd) - at))
      if (inHead > 0) fs.readSync(fd, buffer, offset, inHead, at)
      return inHead + tail.read(buffer.subarray(offset + inHead, offset + length), at + inHead)
    },

    writeSync: (fd, buffer, offset, length, at) => {
      const { facts, appends } = owned.open(fd)!
      const { tail } = facts
      const isNear = tail === undefined && !appends && at + length <= MAX_HOLE
      if (isNear) return fs.writeSync(fd, buffer, offset, length, at)
      const head = headSize(fd)
      const start = appends ? (tail?.size ?? head) : at
      const end = start + length
      if (!Number.isSafeInteger(end)) throw new P9Error(EFBIG)
      if (tail === undefined && fits(head, start, end)) {
        return fs.writeSync(fd, buffer, offset, length, start)
      }
      const inHead = Math.max(0, Math.min(length, head - start))
      if (inHead > 0) fs.writeSync(fd, buffer, offset, inHead, start)
      // Its times change.
      else fs.ftruncateSync(fd, head)
      const rest = buffer.subarray(offset + inHead, offset + length)
      if (rest.length > 0) tailOf(facts, head).write(rest, start + inHead)
      return length
    },

    ftruncateSync: (fd, size) => {
      const { facts } = owned.open(fd)!
      const head = headSize(fd)
      const isHeadOnly = size <= head || (facts.tail === undefined && fits(head, size, size))
      fs.ftruncateSync(fd, isHeadOnly ? size : head)
      if (isHeadOnly) facts.tail = undefined
      else tailOf(facts, head).truncate(size)
    },
  }
}
