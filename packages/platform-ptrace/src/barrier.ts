// Memory barriers for the running threads of a space: membarrier(2) of the host, in the stub. (platform-ptrace)

import { EAGAIN, type Errno } from '@tsvisor/abi'
import { Batch, NR } from '@tsvisor/host'
import type { Space } from './space.ts'

/** Commands of membarrier(2) that a stub may use. */
export const BARRIER = {
  PRIVATE_EXPEDITED: 8,
  REGISTER_PRIVATE_EXPEDITED: 16,
  PRIVATE_EXPEDITED_SYNC_CORE: 32,
  REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: 64,
} as const

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
  private ready: boolean | undefined

  constructor(space: Space) {
    this.space = space
  }

  /** Registers the space with the host, once; false where the host has no such call, or forbids it. */
  prepare(): boolean {
    const { REGISTER_PRIVATE_EXPEDITED, REGISTER_PRIVATE_EXPEDITED_SYNC_CORE } = BARRIER
    this.ready ??=
      this.run(REGISTER_PRIVATE_EXPEDITED) === undefined &&
      this.run(REGISTER_PRIVATE_EXPEDITED_SYNC_CORE) === undefined
    return this.ready
  }

  /** Throws what the host says. */
  pass(kind: 'memory' | 'instructions'): void {
    const { PRIVATE_EXPEDITED, PRIVATE_EXPEDITED_SYNC_CORE } = BARRIER
    let failure: Errno | undefined
    if (kind === 'instructions') failure = this.run(PRIVATE_EXPEDITED_SYNC_CORE)
    else if (this.space.threads.some(thread => thread.state === 'running'))
      failure = this.run(PRIVATE_EXPEDITED)
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
