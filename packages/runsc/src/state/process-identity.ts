// A host process that is meant for good: its number is used again, its start time is not. (runsc)

import { readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in clock ticks since boot: /proc/PID/stat, field 22. */
  readonly startTime: number
}

/** What /proc/PID/stat says of a process; undefined when there is none. */
function readStat(pid: number): { state: string; startTime: number } | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The name, field 2, may hold anything, spaces and brackets included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, startTime: Number(fields[19]) }
}

/** The process that has this number now. undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readStat(pid)
  return stat && { pid, startTime: stat.startTime }
}

/** This very process. */
export const ownIdentity = (): ProcessIdentity => identify(process.pid)!

/** Whether it still runs; one that has ended and waits to be reaped does not. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid)
  return stat !== undefined && stat.startTime === startTime && !'ZXx'.includes(stat.state)
}

/** Sends a signal, if it still runs. */
export function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(target)) return
  try {
    process.kill(target.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until none of them runs; false when one still does after the time. */
export async function allEnded(
  targets: readonly ProcessIdentity[],
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  for (let pauseMs = 1; targets.some(isRunning); pauseMs = Math.min(50, pauseMs * 2)) {
    if (Date.now() >= deadline) return false
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
  return true
}
