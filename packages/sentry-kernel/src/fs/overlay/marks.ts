// What overlays note on the files of their layers, as extended attributes. (fs/overlay)
// Linux fs/overlayfs/xattrs.c, util.c.

import { EIO, Errno } from '@tsvisor/abi'
import type { Inode } from '../../vfs/inode.ts'

/** `opaque`: nothing of lower layers shows through; `impure`: something in it has an `origin`, the lower file it was. */
export type Mark = 'opaque' | 'impure' | 'origin' | 'redirect' | 'metacopy' | 'uuid'

/** "y" */
const YES = Uint8Array.of(0x79)
/** Between the prefix and the name: of another overlay, whose layer this one is. */
const ESCAPE = 'overlay.'

export class Marks {
  /** "trusted.overlay." or "user.overlay.": what names of marks begin with. */
  readonly #prefix: string
  /** Who mounted may read and write such attributes. */
  readonly isUsable: boolean

  constructor(prefix: string, isUsable: boolean) {
    this.#prefix = prefix
    this.isUsable = isUsable
  }

  /** Undefined also where it cannot be read. */
  get(file: Inode, mark: Mark): Uint8Array | undefined {
    if (!this.isUsable) return undefined
    try {
      return file.getxattr(this.#prefix + mark)
    } catch (error) {
      if (error instanceof Errno) return undefined
      throw error
    }
  }
  isOpaque(directory: Inode): boolean {
    const value = this.get(directory, 'opaque')
    return value?.length === 1 && value[0] === YES[0]
  }

  /** Where marks cannot be kept it does without. */
  set(file: Inode, mark: Mark, value: Uint8Array): void {
    if (this.isUsable) file.setxattr(this.#prefix + mark, value, 0)
  }
  remove(file: Inode, mark: Mark): void {
    file.removexattr(this.#prefix + mark)
  }
  setImpure(directory: Inode): void {
    if (this.get(directory, 'impure') === undefined) this.set(directory, 'impure', YES)
  }
  /** Errors: `otherwise` where marks cannot be kept. */
  setOpaque(directory: Inode, otherwise = EIO): void {
    if (!this.isUsable) throw otherwise
    if (!this.isOpaque(directory)) this.set(directory, 'opaque', YES)
  }

  /** Whether an attribute of a layer's file is a mark of this overlay, nobody else's business. */
  isMark(name: string): boolean {
    return name.startsWith(this.#prefix) && !name.startsWith(this.#prefix + ESCAPE)
  }
  /** What the layers call an attribute that users call `name`. */
  stored(name: string): string {
    if (!name.startsWith(this.#prefix)) return name
    return this.#prefix + ESCAPE + name.slice(this.#prefix.length)
  }
  /** What users call an attribute of a layer's file that is no mark. */
  shown(name: string): string {
    const escaped = this.#prefix + ESCAPE
    return name.startsWith(escaped) ? this.#prefix + name.slice(escaped.length) : name
  }
}
