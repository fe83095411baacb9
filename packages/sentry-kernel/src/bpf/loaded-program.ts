// A loaded program. (bpf)
// Linux include/linux/bpf.h: struct bpf_prog.

import type { Instructions } from './instructions.ts'
import { type Context, interpret } from './interpreter.ts'
import type { ProgramType } from './program-type.ts'

export interface ProgramOptions {
  readonly type: ProgramType
  readonly instructions: Instructions
  readonly name: string
  readonly license: string
  /** Who loaded it: the kernel's number. */
  readonly uid: number
  /** Nanoseconds since the kernel started. */
  readonly loadTimeNs: number
}

/** Licenses that count as a GPL (license_is_gpl_compatible). */
const GPL = [
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]

/** Held by descriptors and by the groups it is attached to, and gone with the last of them. */
export class LoadedProgram {
  readonly id: number
  readonly type: ProgramType
  readonly instructions: Instructions
  readonly name: string
  readonly uid: number
  readonly loadTimeNs: number
  readonly gplCompatible: boolean
  readonly #onGone: (program: LoadedProgram) => void
  #references = 1

  /** `onGone`: its last reference was let go of. */
  constructor(id: number, options: ProgramOptions, onGone: (program: LoadedProgram) => void) {
    this.#onGone = onGone
    this.id = id
    this.type = options.type
    this.instructions = options.instructions
    this.name = options.name
    this.uid = options.uid
    this.loadTimeNs = options.loadTimeNs
    this.gplCompatible = GPL.includes(options.license)
  }

  hold(): this {
    this.#references++
    return this
  }
  release(): void {
    if (--this.#references === 0) this.#onGone(this)
  }

  /** Of a device program. */
  allows(asked: Context): boolean {
    return interpret(this.instructions, asked) !== 0
  }
}
