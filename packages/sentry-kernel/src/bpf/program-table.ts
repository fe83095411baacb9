// The programs of a container, by number. (bpf)
// Linux kernel/bpf/syscall.c: prog_idr.

import { ENOENT, ENOMEM } from '@tsvisor/abi'
import { LoadedProgram, type ProgramOptions } from './loaded-program.ts'

/** Instructions of all of them together: what a hostile guest can have kept, and run at one open. */
const MAX_INSTRUCTIONS = 262_144

export class ProgramTable {
  readonly #programs = new Map<number, LoadedProgram>()
  #lastId = 0
  #instructions = 0

  /** The caller owns the reference. Errors: ENOMEM. */
  add(options: ProgramOptions): LoadedProgram {
    const { length } = options.instructions
    if (this.#instructions + length > MAX_INSTRUCTIONS) throw ENOMEM
    this.#instructions += length
    const program = new LoadedProgram(++this.#lastId, options, gone => this.#remove(gone))
    this.#programs.set(program.id, program)
    return program
  }
  #remove(program: LoadedProgram): void {
    if (this.#programs.delete(program.id)) this.#instructions -= program.instructions.length
  }

  /** Errors: ENOENT. */
  get(id: number): LoadedProgram {
    const program = this.#programs.get(id)
    if (program === undefined) throw ENOENT
    return program
  }
  /** The lowest number above `id`. Errors: ENOENT. */
  next(id: number): number {
    // Numbers only grow: so does the order of the map.
    for (const each of this.#programs.keys()) if (each > id) return each
    throw ENOENT
  }
}
