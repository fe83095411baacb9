// How much a tmpfs may hold: pages and inodes, shared by its files. (fs/tmpfs)

import { ENOSPC } from '@tsvisor/abi'

export class PageBudget {
  /** Infinity for no limit. */
  maxPages: number
  maxInodes: number
  pages = 0
  inodes = 0

  constructor(maxPages: number, maxInodes: number) {
    this.maxPages = maxPages
    this.maxInodes = maxInodes
  }
  get freePages(): number {
    return this.maxPages - this.pages
  }
  /** Errors: ENOSPC. */
  charge(pages: number): void {
    if (this.pages + pages > this.maxPages) throw ENOSPC
    this.pages += pages
  }
  uncharge(pages: number): void {
    this.pages -= pages
  }
  /** Errors: ENOSPC. */
  chargeInode(): void {
    if (this.inodes >= this.maxInodes) throw ENOSPC
    this.inodes++
  }
}
