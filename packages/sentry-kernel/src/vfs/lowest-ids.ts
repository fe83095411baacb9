// Numbers from 1 on, of which the lowest that is free is taken. (vfs)
// Linux lib/idr.c: ida_alloc_min, ida_free.

export class LowestIds {
  readonly #taken = new Set<number>()
  /** None below it is free. */
  #from = 1

  take(): number {
    while (this.#taken.has(this.#from)) this.#from++
    this.#taken.add(this.#from)
    return this.#from++
  }
  giveBack(id: number): void {
    this.#taken.delete(id)
    this.#from = Math.min(this.#from, id)
  }
}
