// Runs one command line; turns whatever goes wrong into one clear message and an exit code. (runsc)

import { writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, CommanderError } from 'commander'
import { describeUnexpected, EXIT, Failure } from '../failure.ts'
import type { StartedSandbox } from '../sandbox/spawn.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import { Log, type LogLevel } from '../session/log.ts'
import type { Session } from '../session/session.ts'
import { StateStore } from '../state/store.ts'
import { normalizeGlobalFlags } from './global-options.ts'
import { makeProgram } from './program.ts'
import type { Verbs } from './verb.ts'

export interface MainOptions {
  /** The process for the sandbox that it may start. It ends with this call if it does not. */
  readonly early?: StartedSandbox
  readonly loadKernel: Session['loadKernel']
  readonly loadSchemas: Session['loadSchemas']
}

export interface Outcome {
  readonly status: number
  /** Whether this program could do what it was told to, whatever became of the guest's. */
  readonly done: boolean
}

/** `args` are those after the name of the command. */
export type Main = (args: readonly string[], options: MainOptions) => Promise<Outcome>

/** What a part of the program with these verbs exports. */
export const mainWith =
  (verbs: Verbs): Main =>
  (args, options) =>
    main(verbs, args, options)

async function main(
  verbs: Verbs,
  args: readonly string[],
  { early, loadKernel, loadSchemas }: MainOptions,
): Promise<Outcome> {
  const log = new Log()
  let exitCode = 0
  let failureCode: number = EXIT.runtime
  let untaken = early
  const session: Session = {
    log,
    loadKernel,
    loadSchemas,
    globals: () => program.opts(),
    store: async () => {
      return new StateStore(resolve(program.opts<GlobalOptions>().root))
    },
    exit: code => void (exitCode = code),
    failWith: code => void (failureCode = code),
    warn: message => say('warning', message, log),
    earlyPid: () => untaken?.pid,
    takeEarly() {
      const taken = untaken
      untaken = undefined
      return taken
    },
  }
  const program: Command = makeProgram(session, verbs, args)
  try {
    await program.parseAsync(normalizeGlobalFlags(args, program), { from: 'user' })
    return { status: exitCode, done: true }
  } catch (error) {
    return { status: report(error, log, failureCode), done: false }
  } finally {
    untaken?.abandon()
  }
}

function report(error: unknown, log: Log, failureCode: number): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    // Help was asked for by giving no verb; it has been printed.
    if (error.code === 'commander.help') return EXIT.runtime
    return complain(error.message.replace(/^error: /, '').replace('\n', ' '), log, EXIT.runtime)
  }
  if (error instanceof Failure) {
    const { message, exitCode } = error
    return complain(message, log, exitCode === EXIT.runtime ? failureCode : exitCode)
  }
  return complain(describeUnexpected(error), log, failureCode)
}

function complain(message: string, log: Log, exitCode: number): number {
  say('error', message, log)
  return exitCode
}

function say(level: LogLevel, message: string, log: Log): void {
  log.write(level, message.replaceAll('\n', '; '))
  try {
    // process.stderr would make a pipe that the guest shares non-blocking.
    writeSync(2, `${message.replace(/^/gm, 'runsc: ')}\n`)
  } catch {
    // Nobody is there to read it; the exit code still says that it failed.
  }
}
