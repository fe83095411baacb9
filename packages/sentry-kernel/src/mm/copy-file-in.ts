// Private mappings of files that have no pages to map: their bytes are copied in. (mm)

import type { Addr } from '@tsvisor/abi'
import { PROT_READ, PROT_WRITE } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { BufferIo } from './io.ts'
import type { MemoryManager } from './memory-manager.ts'

const CHUNK = 256 * 1024

/**
 * Fills the fresh private mapping [start, start + length) with the file's bytes from `offset`;
 * what lies past the end of the file stays zero (and raises no SIGBUS, unlike a real file mapping).
 * Errors: those of reading.
 */
export function copyFileIn(
  task: Task,
  mm: MemoryManager,
  file: FileDescription,
  offset: number,
  start: number,
  length: number,
  prot: number,
): void {
  const writable = (prot & PROT_WRITE) !== 0
  if (!writable) mm.space.protect(start as Addr, length, PROT_READ | PROT_WRITE)
  const chunk = new Uint8Array(Math.min(CHUNK, length))
  for (let done = 0; done < length; ) {
    const io = new BufferIo(chunk.subarray(0, Math.min(chunk.length, length - done)))
    const got = file.read(task, io, offset + done)
    if (got <= 0) break
    mm.write((start + done) as Addr, chunk.subarray(0, got))
    done += got
  }
  if (!writable) mm.space.protect(start as Addr, length, prot)
}
