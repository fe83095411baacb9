// The parent of whatever loses its own: sees how sandbox processes end, as an engine does. (runsc tests)

import { readdirSync, readFileSync } from 'node:fs'
import { prctl, WNOHANG, wait4, waitStatus } from '@tsvisor/host'
import { pause } from '../processes.ts'

const PR_SET_CHILD_SUBREAPER = 36

/** Processes that lose their parent below this one become its children, until `release`. */
export class Orphans {
  /** What Node waits for itself, and what was here before. */
  readonly #foreign = new Set<number>(descendantsOf(process.pid).map(({ pid }) => pid))
  /** How they ended: a status as of wait4. */
  readonly #statuses = new Map<number, number>()

  constructor() {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
  }

  release(): void {
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
  }

  /** A child of Node's, from its start to its `exit` event. */
  addForeign(pid: number): void {
    this.#foreign.add(pid)
  }

  removeForeign(pid: number): void {
    this.#foreign.delete(pid)
  }

  /** A new process, which may have the number of one that ended long ago. */
  forget(pid: number): void {
    this.#statuses.delete(pid)
  }

  /** How it ended, as a shell says it; undefined when it still runs after that time. */
  async statusOf(pid: number, timeoutMs: number): Promise<number | undefined> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      this.#reap()
      const status = this.#statuses.get(pid)
      if (status !== undefined) return status & 0x7f ? 128 + (status & 0x7f) : status >> 8
      if (performance.now() > deadline) return undefined
      await pause(20)
    }
  }

  /** Whatever of it is left after that time, as lines. */
  async survivors(timeoutMs: number): Promise<string[]> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      this.#reap()
      const left = descendantsOf(process.pid).filter(({ pid }) => !this.#foreign.has(pid))
      if (left.length === 0 || performance.now() > deadline)
        return left.map(({ pid, name, state }) => `${pid} ${name} ${state}`)
      await pause(50)
    }
  }

  #reap(): void {
    for (const pid of childrenOf(process.pid)) {
      if (this.#foreign.has(pid) || wait4(pid, WNOHANG) !== pid) continue
      this.#statuses.set(pid, waitStatus())
    }
  }
}

interface Entry {
  readonly pid: number
  readonly name: string
  /** R, S, Z … */
  readonly state: string
}

/** Not the process itself; one that ends meanwhile may be missing. */
export function descendantsOf(pid: number): Entry[] {
  return childrenOf(pid).flatMap(child => {
    try {
      const stat = readFileSync(`/proc/${child}/stat`, 'latin1')
      const [, name = '', state = ''] = /\((.*)\) (\S)/s.exec(stat) ?? []
      return [{ pid: child, name, state }, ...descendantsOf(child)]
    } catch {
      return []
    }
  })
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap(thread =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter(text => text !== '')
        .map(Number),
    )
  } catch {
    // Gone while we looked.
    return []
  }
}
