// Whose stop is answered next. (platform-ptrace)
//
// wait4(2) looks for a stop in the order of its lists, and finds the same thread again and again when that
// one calls often: it stops while it is being answered, as it shares the CPU. Others would hardly get a turn.

/** Answers in a row that a thread may get at most before others are looked for. */
const MOST = 15

export class Turns {
  private last = 0
  private inARow = 0
  private allowed = 0

  /** Whether the thread that has stopped may be answered before anybody looks for others. */
  mayGoOn(tid: number): boolean {
    if (tid !== this.last) {
      this.last = tid
      this.inARow = 0
    }
    return ++this.inARow <= this.allowed
  }

  /** Others were looked for: where there are none, the next look comes later. */
  looked(found: boolean): void {
    this.inARow = 0
    this.allowed = found ? 0 : Math.min(MOST, 2 * this.allowed + 1)
  }
}
