// What open(2) with O_PATH gives: a place, not an open file. (vfs)

import { EBADF, O_PATH } from '@tsvisor/abi'
import type { Result } from '../kernel/blocking.ts'
import type { MapSource } from '../platform/platform.ts'
import { FileDescription } from './file-description.ts'
import type { Inode } from './inode.ts'
import type { Path } from './path.ts'

/** Every operation on the file itself answers EBADF. */
export class PathOnly extends FileDescription {
  constructor(inode: Inode, path: Path, flags: number) {
    super(inode, path, flags | O_PATH)
  }
  override get readable(): boolean {
    return false
  }
  override get writable(): boolean {
    return false
  }
  override read(): number {
    throw EBADF
  }
  override write(): number {
    throw EBADF
  }
  override seek(): number {
    throw EBADF
  }
  override ioctl(): Result {
    throw EBADF
  }
  override mmap(): MapSource {
    throw EBADF
  }
  override iterate(): void {
    throw EBADF
  }
  override sync(): void {
    throw EBADF
  }
  override truncate(): void {
    throw EBADF
  }
  override allocate(): void {
    throw EBADF
  }
}
