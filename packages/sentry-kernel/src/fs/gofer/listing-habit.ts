// Whether who lists directories looks at the files in them: find does not, grep -r does. (fs/gofer)

import type { KnownNames } from './known-names.ts'
import type { Detail } from './remote.ts'

/** Directories in a row whose files' attributes nobody wanted, before they are no longer asked for. */
const IDLE = 3

export class ListingHabit {
  #detail: Detail = 'directories'
  #last: KnownNames | undefined
  #idle = 0

  /** What to ask for with the names of a directory that is about to be listed. */
  detail(names: KnownNames): Detail {
    const benefit = this.#last?.benefit
    if (benefit === 'used') this.#idle = 0
    else if (benefit === 'none used' && ++this.#idle >= IDLE) this.#detail = 'directories'
    this.#last = names
    return this.#detail
  }

  /** A directory was listed without, and then they were wanted. */
  missed(): void {
    this.#detail = 'all'
    this.#idle = 0
  }
}
