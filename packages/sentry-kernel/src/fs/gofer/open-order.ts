// In which order a program opens the files of a directory: what it will open next. (fs/gofer)

import type { KnownName } from './known-names.ts'

/** A step of so many names still counts as going on: others in between may be no files. */
const NEAR = 4
/** Beyond this, sorting costs more than it saves. */
const MOST_SORTED = 4096

type Compare = (a: KnownName, b: KnownName) => number

/** tar and git go by name, grep -r by inode number, many by the order of the directory. */
const sortings: readonly Compare[] = [
  (a, b) => (a.name < b.name ? -1 : 1),
  (a, b) => (a.ino < b.ino ? -1 : 1),
]

class Order {
  readonly names: readonly KnownName[]
  readonly #places = new Map<KnownName, number>()

  constructor(names: readonly KnownName[]) {
    this.names = names
    for (const [place, known] of names.entries()) this.#places.set(known, place)
  }
  placeOf(known: KnownName): number {
    return this.#places.get(known) ?? -1
  }
  /** How often `opened` goes on to a name that comes soon after. */
  fits(opened: readonly KnownName[]): number {
    let count = 0
    for (let i = 1; i < opened.length; i++) {
      const step = this.placeOf(opened[i]!) - this.placeOf(opened[i - 1]!)
      if (step > 0 && step <= NEAR) count++
    }
    return count
  }
}

export class OpenOrders {
  readonly #orders: readonly Order[]

  constructor(listed: readonly KnownName[]) {
    const isSorted = listed.length <= MOST_SORTED
    const sorted = isSorted ? sortings.map(compare => [...listed].sort(compare)) : []
    this.#orders = [listed, ...sorted].map(names => new Order(names))
  }

  /** The names after the last of `opened`, in the order that fits it best; none if none does. */
  next(opened: readonly KnownName[]): readonly KnownName[] {
    const last = opened[opened.length - 1]
    let best: Order | undefined
    let most = 0
    for (const order of this.#orders) {
      const fits = order.fits(opened)
      if (fits > most) [best, most] = [order, fits]
    }
    if (best === undefined || last === undefined) return []
    return best.names.slice(best.placeOf(last) + 1)
  }
}
