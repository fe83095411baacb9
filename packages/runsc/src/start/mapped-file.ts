// Files as memory: nothing is copied, and only pages that are looked at cost time. (runsc)

import { closeSync, fstatSync, openSync } from 'node:fs'
import { memoryAt, mmap, munmap } from './libc.ts'

const PROT_READ = 1
const MAP_PRIVATE = 2

/** A file's content, for as long as it is not released. */
export interface FileContent {
  readonly bytes: Buffer
  /** `bytes` must not be looked at any more. */
  release(): void
}

/** Throws the error of opening it; undefined where it cannot be mapped. */
export function mapFile(path: string): FileContent | undefined {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    const address = mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0)
    if (address === -1) return undefined
    return {
      bytes: memoryAt(address, size),
      release: () => void munmap(address, size),
    }
  } finally {
    closeSync(fd)
  }
}
