// A set of signals: 64 bits in two halves, no bigint. (signal)

/** Mutable set of signal numbers 1…64, laid out as the kernel's sigset_t. */
export class SignalSet {
  /** Signals 1…32 and 33…64, bit 0 first, as signed 32-bit numbers. */
  low: number
  high: number

  constructor(low = 0, high = 0) {
    this.low = low | 0
    this.high = high | 0
  }

  static of(...signals: readonly number[]): SignalSet {
    const set = new SignalSet()
    for (const signo of signals) set.add(signo)
    return set
  }

  get empty(): boolean {
    return (this.low | this.high) === 0
  }
  has(signo: number): boolean {
    return (
      ((signo <= 32 ? this.low >>> (signo - 1) : this.high >>> (signo - 33)) & 1) === 1 && signo > 0
    )
  }
  add(signo: number): void {
    if (signo <= 32) this.low |= 1 << (signo - 1)
    else this.high |= 1 << (signo - 33)
  }
  remove(signo: number): void {
    if (signo <= 32) this.low &= ~(1 << (signo - 1))
    else this.high &= ~(1 << (signo - 33))
  }
  assign(other: SignalSet): void {
    this.low = other.low
    this.high = other.high
  }
  addAll(other: SignalSet): void {
    this.low |= other.low
    this.high |= other.high
  }
  removeAll(other: SignalSet): void {
    this.low &= ~other.low
    this.high &= ~other.high
  }
  /** Whether some member of this set is not in `blocked`. */
  hasOutside(blocked: SignalSet): boolean {
    return ((this.low & ~blocked.low) | (this.high & ~blocked.high)) !== 0
  }
  intersects(other: SignalSet): boolean {
    return ((this.low & other.low) | (this.high & other.high)) !== 0
  }
  copy(): SignalSet {
    return new SignalSet(this.low, this.high)
  }
  /** The members, as a 64-bit mask: for /proc and struct fields, not for hot paths. */
  get bits(): bigint {
    return (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0)
  }
  *[Symbol.iterator](): Generator<number> {
    for (let signo = 1; signo <= 64; signo++) if (this.has(signo)) yield signo
  }
}

/** Lowest signal in `low`/`high`, or 0: what Linux delivers first among asynchronous ones. */
export const lowestSignal = (low: number, high: number): number => {
  if (low !== 0) return 32 - Math.clz32(low & -low)
  if (high !== 0) return 64 - Math.clz32(high & -high)
  return 0
}
