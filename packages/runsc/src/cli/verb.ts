// What a verb is: one file that adds its command to the program. (runsc)

import type { Command } from 'commander'
import type { Session } from '../session/session.ts'

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
