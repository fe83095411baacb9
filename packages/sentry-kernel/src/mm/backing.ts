// What mappings are made of: open files and shared anonymous memory. (mm)

import type { MappedPages, MemoryAccount } from '../cgroup/memory-account.ts'
import type { Mappable, MemoryFile } from '../platform/platform.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { Backing } from './vma.ts'

/** An open file. Each vma holds the description, as Linux's vm_file. */
export class FileBacking implements Backing {
  readonly mappable: Mappable
  readonly file: FileDescription
  readonly label = ''
  readonly #writers: 0 | 1

  /** Takes no reference; the first vma must `open` it. `access`: what its vmas may do to the file, now or later. */
  constructor(mappable: Mappable, file: FileDescription, access: 'reads' | 'writes') {
    this.mappable = mappable
    this.file = file
    this.#writers = access === 'writes' ? 1 : 0
  }
  get identity(): object {
    return this.file.inode
  }
  open(): void {
    this.file.hold()
    this.file.inode.writableMappings += this.#writers
  }
  close(): void {
    this.file.inode.writableMappings -= this.#writers
    this.file.release()
  }
}

/** MAP_SHARED|MAP_ANONYMOUS: a memory file without a name, gone with its last vma. */
export class SharedMemory implements Backing, MappedPages {
  readonly mappable: MemoryFile
  readonly file = undefined
  readonly label = '/dev/zero (deleted)'
  readonly #account: MemoryAccount | undefined
  #vmas = 0

  /** `account`: of the group that it is charged to. */
  constructor(memory: MemoryFile, account: MemoryAccount | undefined) {
    this.mappable = memory
    this.#account = account
    account?.mapped.add(this)
  }
  uncharged(): number {
    return this.mappable.allocated()
  }
  get identity(): object {
    return this
  }
  open(): void {
    this.#vmas++
  }
  close(): void {
    if (--this.#vmas > 0) return
    this.#account?.mapped.delete(this)
    this.mappable.release()
  }
}
