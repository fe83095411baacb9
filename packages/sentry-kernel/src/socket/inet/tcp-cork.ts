// TCP_CORK and MSG_MORE: a last segment that is not full waits for more. (socket/inet)
// Linux net/ipv4/tcp_output.c: tcp_nagle_check; tcp_timer.c: tcp_probe_timer; tcp(7).

import type { Kernel } from '../../kernel/kernel.ts'

/** tcpi_snd_mss */
export const SEGMENT = 32_768
/** It goes without more after this (TCP_RTO_MIN). */
const LONGEST_NS = 200_000_000

export class Cork {
  #stop: (() => void) | undefined

  /** Something is held back: `letGo` is called when it has been for too long. */
  hold({ timers, clock }: Kernel, letGo: () => void): void {
    if (this.#stop !== undefined) return
    const timer = timers.add(clock.monotonicNs() + LONGEST_NS, letGo)
    this.#stop = () => timers.cancel(timer)
  }
  /** Nothing is held back. */
  rest(): void {
    this.#stop?.()
    this.#stop = undefined
  }
}
