// Fid numbers of a client: the smallest that are not in use. (p9)

import { NOFID } from '../constants.ts'
import { ProtocolError } from '../protocol-error.ts'

export class FidNumbers {
  readonly #free: number[] = []
  #next = 0

  take(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#next >= NOFID) throw new ProtocolError('out of fid numbers')
    return this.#next++
  }

  give(fid: number): void {
    this.#free.push(fid)
  }
}
