// `runsc do`, the part behind the flags. (runsc)

import type { DoOptions } from '../cli/do.ts'
import type { GlobalOptions } from '../cli/global-options.ts'
import type { Log } from '../cli/log.ts'
import { runAttached } from '../sandbox/run-attached.ts'
import type { SandboxProcesses } from '../sandbox/spawn.ts'
import { terminalSize } from '../sandbox/terminal.ts'
import { planFromCommand } from './do-plan.ts'
import { makeId } from './id.ts'

export interface RunCommandOptions {
  readonly command: readonly string[]
  readonly options: DoOptions
  readonly globals: GlobalOptions
  readonly log: Log
  readonly early?: SandboxProcesses
}

/** Returns the exit code of the command. Errors: Failure. */
export function runCommand({
  command,
  options,
  globals,
  log,
  early,
}: RunCommandOptions): Promise<number> {
  const consoleSize = terminalSize()
  return runAttached({
    globals,
    log,
    ...(early && { early }),
    plan: () => planFromCommand({ id: makeId(), command, options, globals, consoleSize }),
  })
}
