// Where a sandbox process writes what --debug and --strace ask for. (runsc)

import { closeSync, openSync } from 'node:fs'
import type { GlobalOptions } from '../cli/global-options.ts'
import { Failure, reasonOf } from '../failure.ts'
import { type SandboxProcesses, type SpawnSandboxOptions, spawnSandbox } from './spawn.ts'

/** Both processes, with the log that the flags name. Errors: Failure. */
export function startProcesses(
  globals: GlobalOptions,
  more: Pick<SpawnSandboxOptions, 'self' | 'network'> = {},
): SandboxProcesses {
  const log = openDebugLog(globals)
  try {
    return spawnSandbox({ stdio: [0, 1, 2], log, ...more })
  } finally {
    if (log !== undefined && log !== 2) closeSync(log)
  }
}

/** The fd for debug output: a file, or stderr when some is wanted and no file is named. */
function openDebugLog({ debug, debugLog, strace }: GlobalOptions): number | undefined {
  if (debugLog === undefined) return debug || strace ? 2 : undefined
  try {
    return openSync(debugLog, 'a', 0o644)
  } catch (error) {
    throw new Failure(`--debug-log ${debugLog}: ${reasonOf(error)}`)
  }
}
