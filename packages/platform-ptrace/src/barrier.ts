// Memory barriers for the running threads of a space: membarrier(2) of the host, in the stub. (platform-ptrace)

import { EAGAIN, type Errno } from '@tsvisor/abi'
import { Batch, NR } from '@tsvisor/host'
import type { HostThread } from './host-thread.ts'
import type { Space } from './space.ts'

export type BarrierKind = 'memory' | 'instructions'

/** Commands of membarrier(2) that a stub may use. */
export const BARRIER = {
  memory: { pass: 8, register: 16 },
  instructions: { pass: 32, register: 64 },
} as const

const isRunning = (thread: HostThread): boolean => thread.state === 'running'

/**
 * Why this is a barrier. A space is one address space of the host as well, so the host's private
 * command, made by any thread of the stub, interrupts each CPU that runs another thread of it. What
 * does not run guest code at that time has left it by a stop, and the host has seen it off its CPU:
 * a full barrier, before the tracer sees the stop and so before the call. The guest that asked is
 * such a one: what it did before happens before the stop, what it does next after we resume it. So
 * nothing needs to be done where no thread runs, except for instructions: only a space that is
 * registered has the host serialise a CPU that comes back to it (a switch by itself does not).
 */
export class Barrier {
  private readonly space: Space
  private readonly ready: Partial<Record<BarrierKind, boolean>> = {}

  constructor(space: Space) {
    this.space = space
  }

  /** Registers the space with the host, once; false where the host has no such call, or forbids it. */
  prepare(kind: BarrierKind): boolean {
    return (this.ready[kind] ??= this.run(BARRIER[kind].register) === undefined)
  }

  /** Throws what the host says. */
  pass(kind: BarrierKind): void {
    const needed = kind === 'instructions' || this.space.threads.some(isRunning)
    if (!needed || !this.prepare(kind)) return
    const failure = this.run(BARRIER[kind].pass)
    if (failure !== undefined && failure !== EAGAIN) throw failure
  }

  /** EAGAIN where the stub has died: then there is nobody left to order. */
  private run(command: number): Errno | undefined {
    const batch = new Batch()
    batch.push(NR.membarrier, command, 0, 0, 0, 0, 0)
    try {
      return this.space.runNow(batch)
    } catch (error) {
      if (error !== EAGAIN) throw error
      return EAGAIN
    }
  }
}
