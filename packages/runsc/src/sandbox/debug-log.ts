// Where a sandbox process writes what --debug and --strace ask for. (runsc)

import { closeSync, openSync } from 'node:fs'
import { wantsDebug } from '../debug.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import { type SandboxProcesses, type SpawnSandboxOptions, spawnSandbox } from './spawn.ts'

type Lifetime = 'attached' | 'detached'

/** Both processes, with the log that the flags name. Errors: Failure. */
export function startProcesses(
  globals: GlobalOptions,
  lifetime: Lifetime,
  more: Pick<SpawnSandboxOptions, 'self' | 'network'> = {},
): SandboxProcesses {
  const to = debugLogOf(globals, lifetime)
  const log = to === undefined ? undefined : openDebugLog(to)
  try {
    return spawnSandbox({ stdio: [0, 1, 2], log, ...more })
  } finally {
    if (log !== undefined && log !== 2) closeSync(log)
  }
}

/**
 * Where debug output goes, if any is wanted: a file, or `stderr` when none is named. That is the container's
 * own once the command has ended: what lives on does not write there.
 */
export function debugLogOf(
  { debug, debugLog, strace }: GlobalOptions,
  lifetime: Lifetime,
): string | undefined {
  if (debugLog !== undefined || lifetime === 'detached') return debugLog
  return debug || strace || wantsDebug() ? STDERR : undefined
}
const STDERR = 'stderr'

function openDebugLog(to: string): number {
  if (to === STDERR) return 2
  try {
    return openSync(to, 'a', 0o644)
  } catch (error) {
    throw new Failure(`--debug-log ${to}: ${reasonOf(error)}`)
  }
}
