// The open host files of one inode. (fs/gofer)

import { Errno } from '@tsvisor/abi'
import type { HostFile } from '../../platform/host.ts'
import type { FileHolder } from './open-files.ts'
import type { RemoteFile } from './remote-file.ts'

const O_RDONLY = 0
const O_WRONLY = 1
const O_RDWR = 2

/**
 * Shared by all descriptions on an exclusive mount (positions are the descriptions' own), and kept
 * for the next; on a shared one each has its own.
 */
export class InodeFiles implements FileHolder {
  readonly #inode: RemoteFile
  #read: HostFile | undefined
  #write: HostFile | undefined

  constructor(inode: RemoteFile) {
    this.#inode = inode
  }

  open(access: 'read' | 'write'): HostFile {
    const { fs } = this.#inode
    const { openFiles } = fs
    if (fs.access === 'shared')
      return openFiles.withRoom(() =>
        access === 'read' ? this.#openToRead() : this.#openToWrite(),
      )
    let file = access === 'read' ? (this.#read ?? this.#write) : this.#write
    if (file === undefined) {
      file = openFiles.withRoom(() => (access === 'read' ? this.#openNamed() : this.#openToWrite()))
      if (access === 'read') this.#read = file
      else this.#write = file
      this.#note('open')
    }
    openFiles.used(this)
    return file
  }

  /** The file was made, and opened to read and write. */
  made(file: HostFile): void {
    const { fs } = this.#inode
    if (fs.access === 'shared' || this.#write !== undefined) {
      file.close()
      return
    }
    this.#write = file
    this.#note('open')
    fs.openFiles.used(this)
  }

  /** A description is closed: a file of its own is closed with it. */
  closed(file: HostFile): void {
    if (file !== this.#read && file !== this.#write) file.close()
  }

  close(): void {
    this.#inode.fs.openFiles.gone(this)
    this.#close()
  }
  giveFileBack(): boolean {
    if (this.#inode.inUse) return false
    this.#close()
    return true
  }
  #close(): void {
    if (this.#read === undefined && this.#write === undefined) return
    this.#read?.close()
    this.#write?.close()
    this.#read = this.#write = undefined
    this.#note('closed')
  }

  /** By name, in one message with what will be opened next, where a name is known to lead here. */
  #openNamed(): HostFile {
    const { place, fs } = this.#inode
    const names = place?.directory.names
    if (place === undefined || names === undefined) return this.#openToRead()
    const known = names.find(place.name)
    const early = known && names.takeAhead(known)
    if (early !== undefined) {
      fs.openFiles.gone(known!)
      return early
    }
    const ahead = known === undefined ? [] : names.ahead(known)
    const wanted = [place.name, ...ahead.map(({ name }) => name)]
    const [file, ...others] = place.directory.handle().openChildren(wanted)
    for (const [i, other] of others.entries()) {
      if (other instanceof Errno) continue
      ahead[i]!.file = other
      fs.openFiles.used(ahead[i]!)
    }
    if (file instanceof Errno) throw file
    return file!
  }
  #note(state: 'open' | 'closed'): void {
    const { place, remoteIno } = this.#inode
    const known = place?.directory.names?.find(place.name)
    if (known?.remoteIno === remoteIno) known.isOpen = state === 'open'
  }

  #openToRead(): HostFile {
    return this.#inode.handle().open(O_RDONLY)
  }
  #openToWrite(): HostFile {
    try {
      return this.#inode.handle().open(O_RDWR)
    } catch (error) {
      // A file that its owner may only write (mode 0200).
      if (error instanceof Errno && error.name === 'EACCES')
        return this.#inode.handle().open(O_WRONLY)
      throw error
    }
  }
}
