// Files as memory: nothing is copied, and only pages that are looked at cost time. (runsc)

import { closeSync, fstatSync, openSync } from 'node:fs'
import { loadKoffi } from './load-koffi.ts'

const PROT_READ = 1
const MAP_PRIVATE = 2

/** The little of koffi that this takes: each part of the program has @tsvisor/host for the rest. */
interface Koffi {
  load(library: null): { func(declaration: string): (...args: number[]) => number }
  view(address: number, length: number): ArrayBuffer
}

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
    const koffi = loadKoffi() as Koffi
    const libc = koffi.load(null)
    const mmap = libc.func('int64 mmap(int64, int64, int, int, int, int64)')
    const address = mmap(0, size, PROT_READ, MAP_PRIVATE, fd, 0)
    if (address === -1) return undefined
    return {
      bytes: Buffer.from(koffi.view(address, size)),
      release: () => void libc.func('int munmap(int64, int64)')(address, size),
    }
  } finally {
    closeSync(fd)
  }
}
