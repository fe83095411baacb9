// What mappings are made of: open files and shared anonymous memory. (mm)

import type { Mappable, MemoryFile } from '../platform/platform.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { Backing } from './vma.ts'

/** An open file. Each vma holds the description, as Linux's vm_file. */
export class FileBacking implements Backing {
  readonly mappable: Mappable
  readonly file: FileDescription
  readonly label = ''

  /** Takes no reference; the first vma must `open` it. */
  constructor(mappable: Mappable, file: FileDescription) {
    this.mappable = mappable
    this.file = file
  }
  get identity(): object {
    return this.file.inode
  }
  open(): void {
    this.file.hold()
  }
  close(): void {
    this.file.release()
  }
}

/** MAP_SHARED|MAP_ANONYMOUS: a memory file without a name, gone with its last vma. */
export class SharedMemory implements Backing {
  readonly mappable: MemoryFile
  readonly file = undefined
  readonly label = '/dev/zero (deleted)'
  #vmas = 0

  constructor(memory: MemoryFile) {
    this.mappable = memory
  }
  get identity(): object {
    return this
  }
  open(): void {
    this.#vmas++
  }
  close(): void {
    if (--this.#vmas === 0) this.mappable.release()
  }
}
