// What a verb is: one file that adds its command to the program. (runsc)

import type { Command } from 'commander'
import type * as bootPart from '../boot/main.ts'
import type { StartedSandbox } from '../sandbox/spawn.ts'
import type { StateStore } from '../state/store.ts'
import type { GlobalOptions } from './global-options.ts'
import type { Log } from './log.ts'

/** What verbs share while one command line runs. */
export interface Session {
  readonly log: Log
  readonly globals: () => GlobalOptions
  /** The containers below --root. */
  readonly store: () => Promise<StateStore>
  /** The kernel's declarations, without starting one. */
  readonly loadKernel: () => Promise<Pick<typeof bootPart, 'syscallSupport'>>
  /** Sets the exit code of the command; 0 if never called. */
  readonly exit: (code: number) => void
  /** Sets the exit code for a failure of this program. */
  readonly failWith: (code: number) => void
  /** Tells the user and the log what went wrong but stops nothing. */
  readonly warn: (message: string) => void
  /**
   * The process of a sandbox, if it was started already and nobody has taken it; without a debug
   * log. From then on it is the caller's.
   */
  readonly takeEarly: () => StartedSandbox | undefined
}

/**
 * Adds a verb to the program. The file of a verb imports nothing heavy: its action does, so that
 * starting the command costs the same with forty verbs as with four.
 */
export type Verb = (program: Command, session: Session) => void

/** By name, in the order that help shows them. */
export type Verbs = Readonly<Record<string, Verb>>

/** The examples at the end of a help text. */
export function examples(...lines: readonly [command: string, what: string][]): string {
  const width = Math.max(...lines.map(([command]) => command.length))
  return `\nExamples:\n${lines
    .map(([command, what]) => `  ${command.padEnd(width)}   ${what}`)
    .join('\n')}\n`
}
