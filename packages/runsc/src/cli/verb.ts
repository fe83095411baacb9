// What a verb is: one file that adds its command to the program. (runsc)

import type { Command } from 'commander'
import type { SandboxProcesses } from '../sandbox/spawn.ts'
import type { Log } from './log.ts'

/** What verbs share while one command line runs. */
export interface Session {
  readonly log: Log
  /** Sets the exit code of the command; 0 if never called. */
  readonly exit: (code: number) => void
  /** The processes of a sandbox, started already and waiting; without a debug log. */
  readonly early?: SandboxProcesses
}

/**
 * Adds a verb to the program. The file of a verb imports nothing heavy: its action does, so that
 * starting the command costs the same with forty verbs as with four.
 */
export type Verb = (program: Command, session: Session) => void

/** The examples at the end of a help text. */
export function examples(...lines: readonly [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  return `\nExamples:\n${lines
    .map(([command, what]) => `  ${command.padEnd(width)}   ${what}`)
    .join('\n')}\n`
}
