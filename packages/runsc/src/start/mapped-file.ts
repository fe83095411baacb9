// Files as memory: nothing is copied, and only pages that are looked at cost time. (runsc)

import { closeSync, openSync } from 'node:fs'
import { lseek, memoryAt, mmap, munmap } from './libc.ts'

const PROT_READ = 1
const MAP_PRIVATE = 2
const SEEK_END = 2

/** A file's content, for as long as it is not released. */
export interface FileContent {
  readonly bytes: Buffer
  /** `bytes` must not be looked at any more. */
  release(): void
}

/** Throws the error of opening it, or that it cannot be mapped: there is nothing in it, say. */
export function mapFile(path: string): FileContent {
  const fd = openSync(path, 'r')
  try {
    const size = lseek(fd, 0, SEEK_END)
    const address = mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0)
    if (address === -1) throw new Error(`${path}: cannot be mapped`)
    return {
      bytes: memoryAt(address, size),
      release: () => void munmap(address, size),
    }
  } finally {
    closeSync(fd)
  }
}
