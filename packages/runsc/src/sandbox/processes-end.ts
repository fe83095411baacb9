// How the processes of a sandbox end: waiting, killing, and saying what happened. (runsc)

import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import type { SandboxProcesses } from './spawn.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Resolves when the process has ended, or could not be started. Never rejects. */
export function exitOf(child: ChildProcess): Promise<Exit & { readonly error?: Error }> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', error => resolve({ code: null, signal: null, error }))
  })
}

/** `killed by SIGKILL`, `exit status 1`. */
export function describeExit({ code, signal, error }: Exit & { readonly error?: Error }): string {
  if (error) return error.message
  return signal !== null ? `killed by ${signal}` : `exit status ${code}`
}

export const isGone = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null

/**
 * Kills the process and its session's first group. Safe to call again.
 * The group outlives its leader as long as one of the processes that hold guest memory does.
 */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  for (const pid of isGone(child) ? [-child.pid] : [-child.pid, child.pid]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // Gone already.
    }
  }
}

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
export const signalNumber = (name: NodeJS.Signals): number => constants.signals[name]
