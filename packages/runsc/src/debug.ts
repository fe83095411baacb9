// DEBUG=tsvisor:…: what the processes of a sandbox say and hear, through the debug package. (runsc)

import { writeSync } from 'node:fs'
import { format } from 'node:util'
import type createDebug from 'debug'

/** One for each thing that can be listened to. */
export type DebugNamespace = 'command' | 'sandbox' | 'kernel' | 'platform' | '9p' | 'gofer'
export type Debug = (message: string) => void

/** Whether the environment names one of them, or may: a pattern such as `*`. */
export const wantsDebug = (): boolean => {
  const names = process.env['DEBUG']
  return names !== undefined && /tsvisor|\*/.test(names)
}

/**
 * Writes what happens there to a descriptor; undefined unless DEBUG names it, so that nobody pays for
 * it who does not want it. Call it while modules can still be read.
 */
export function debugOf(name: DebugNamespace, fd: number): Debug | undefined {
  if (!wantsDebug()) return undefined
  const log = load()(`tsvisor:${name}`)
  if (!log.enabled) return undefined
  log.log = (...parts: unknown[]) => {
    try {
      writeSync(fd, `${format(...parts)}\n`)
    } catch {
      // Nobody is left to tell.
    }
  }
  return message => log('%s', message)
}

/** In the bundle, where it takes no file: a millisecond of each start that the others need not spend. */
const load = (): typeof createDebug => require('debug')
