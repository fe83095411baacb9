// The processes of a container, for `ps`. (runsc)

import type { ProcessInfo } from '../boot/control.ts'
import { fromBytes } from '../bundle/byte-string.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target } from './connect.ts'

const DAY_MS = 86_400_000

/**
 * Host ids of its processes, for engines, which look these up on the host. Guest processes have
 * none there; the one that stands for all of them does. Errors: Failure.
 */
export function hostPids(store: StateStore, id: string): number[] {
  const record = store.read(id)
  const { process } = record
  return process === undefined || statusOf(record) === 'stopped' ? [] : [process.pid]
}

/** Rows as ps(1) -f has them. Errors: Failure. */
export async function processTable(store: StateStore, id: string): Promise<string[][]> {
  const record = store.read(id)
  const list = statusOf(record) === 'stopped' ? [] : await processesOf(store, record)
  const now = Date.now()
  return [
    ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
    ...list.map(({ user, pid, ppid, startTimeMs, cpuTimeNs, tty, command }) => [
      printable(fromBytes(user)),
      String(pid),
      String(ppid),
      percentage(cpuTimeNs / 1e6, now - startTimeMs),
      startedAt(startTimeMs, now),
      tty,
      cpuTime(cpuTimeNs),
      printable(fromBytes(command)),
    ]),
  ]
}

async function processesOf(
  store: StateStore,
  record: ContainerRecord,
): Promise<readonly ProcessInfo[]> {
  return (await ask(store, record, { type: 'ps', ...target(record) }, 'processes')).list
}

/** Of its life that it was on a CPU. */
const percentage = (usedMs: number, lifeMs: number): string =>
  String(Math.min(99, Math.floor((usedMs * 100) / Math.max(1, lifeMs))))

/** The time of today, the date of what is older. */
function startedAt(timeMs: number, nowMs: number): string {
  const text = new Date(timeMs).toString()
  return nowMs - timeMs < DAY_MS ? text.slice(16, 21) : `${text.slice(4, 7)}${text.slice(8, 10)}`
}

function cpuTime(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / 1e9)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return parts.map(part => String(part).padStart(2, '0')).join(':')
}

/** The guest chooses its arguments; the terminal of whoever looks is not its own. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?')
