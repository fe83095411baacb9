// The processes below one, and those that were left to it. (runsc tests)

import { readdirSync, readFileSync } from 'node:fs'
import { wait4 } from '@tsvisor/host'

export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly name: string
  /** R, S, Z … */
  readonly state: string
  /** With blanks between them; empty for a process that holds a guest's memory. */
  readonly arguments: string
}

function all(): ProcessEntry[] {
  const entries: ProcessEntry[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [, comm = '', state = '', parent = ''] = /\((.*)\) (\S) (\d+)/s.exec(stat) ?? []
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ')
      entries.push({
        pid: Number(name),
        parent: Number(parent),
        name: comm,
        state,
        arguments: command,
      })
    } catch {
      // Gone while we looked.
    }
  }
  return entries
}

/** Not the process itself. */
export function descendantsOf(pid: number): ProcessEntry[] {
  const entries = all()
  const below = (parent: number): ProcessEntry[] =>
    entries.filter(one => one.parent === parent).flatMap(one => [one, ...below(one.pid)])
  return below(pid)
}

const WNOHANG = 1

/** Buries children of this process that have ended, but for those that Node waits for itself. */
export function reapAdopted(nodes: ReadonlySet<number>): void {
  for (const { pid, parent, state } of all()) {
    if (parent === process.pid && state === 'Z' && !nodes.has(pid)) wait4(pid, WNOHANG)
  }
}
