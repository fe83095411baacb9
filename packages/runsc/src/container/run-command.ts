// `runsc do`, the part behind the flags. (runsc)

import { runAttached } from '../sandbox/run-attached.ts'
import { terminalSize } from '../sandbox/terminal.ts'
import type { Session } from '../session/session.ts'
import { type DoOptions, planFromCommand } from './do-plan.ts'
import { makeId } from './id.ts'

export interface RunCommandOptions {
  readonly command: readonly string[]
  readonly options: DoOptions
  readonly session: Session
}

/** Returns the exit code of the command. Errors: Failure. */
export function runCommand({ command, options, session }: RunCommandOptions): Promise<number> {
  const globals = session.globals()
  const consoleSize = terminalSize()
  return runAttached({
    globals,
    log: session.log,
    early: session.takeEarly()?.complete(),
    prepare: () => ({
      plan: planFromCommand({ id: makeId(), command, options, globals, consoleSize }),
    }),
  })
}
