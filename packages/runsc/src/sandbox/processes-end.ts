// How the processes of a sandbox end: waiting, killing, and saying what happened. (runsc)

import { signals } from '@tsvisor/abi'
import type { Exit, HostProcess } from './host-process.ts'
import type { SandboxProcesses } from './spawn.ts'

/** `killed by SIGKILL`, `exit status 1`. */
export function describeExit({ code, signal, error }: Exit): string {
  if (error) return error.message
  return signal !== null ? `killed by ${signal}` : `exit status ${code}`
}

export const isGone = (child: HostProcess): boolean => child.isGone

/**
 * Kills the process and its session's first group. Safe to call again.
 * The group outlives its leader as long as one of the processes that hold guest memory does.
 */
export const killGroup = (child: HostProcess): void => child.killGroup()

/** Kills both processes of a sandbox and what they left. Safe to call again. */
export function killAll({ boot, gofer }: SandboxProcesses): void {
  killGroup(boot)
  killGroup(gofer)
}

/** True when `promise` settled within the time. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** The number of a signal on Linux. */
export const signalNumber = (name: NodeJS.Signals): number =>
  (signals() as Readonly<Record<string, number>>)[name]!
