// The processes of a sandbox, as the host sees them. (runsc tests)

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export const pause = (milliseconds: number) =>
  new Promise(resolve => setTimeout(resolve, milliseconds))

export function children(pid: number): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
  return lines
    .map(line => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!)
}

export const descendants = (pid: number): number[] =>
  children(pid).flatMap(child => [child, ...descendants(child)])

/** The sandbox process ("boot") or the gofer of a command. */
export const part = (command: number, verb: 'boot' | 'gofer'): number =>
  children(command).find(pid =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(`\0${verb}\0`),
  )!

export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** One process. 0 and -1, which a file that is read too early may seem to say, are whole groups. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  if (!(Number.isInteger(pid) && pid > 1)) throw new RangeError(`no process: ${pid}`)
  process.kill(pid, signal)
}

/** Those that are left after a moment. */
export async function survivors(pids: readonly number[]): Promise<number[]> {
  for (let i = 0; i < 100 && pids.some(isAlive); i++) await pause(20)
  return pids.filter(isAlive)
}
