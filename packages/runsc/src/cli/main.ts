// Runs one command line; turns whatever goes wrong into one clear message and an exit code. (runsc)

import { writeSync } from 'node:fs'
import { CommanderError } from 'commander'
import { EXIT, Failure } from '../failure.ts'
import { killAll } from '../sandbox/processes-end.ts'
import type { SandboxProcesses } from '../sandbox/spawn.ts'
import { normalizeGlobalFlags } from './global-options.ts'
import { Log } from './log.ts'
import { makeProgram } from './program.ts'

/**
 * Returns the exit code. `args` are the arguments after the name of the command; `early` are
 * processes for the sandbox that it may start. They end with this call, used or not.
 */
export async function main(args: readonly string[], early?: SandboxProcesses): Promise<number> {
  const log = new Log()
  const outcome = { exitCode: 0 }
  try {
    const program = makeProgram({
      log,
      exit: code => void (outcome.exitCode = code),
      ...(early && { early }),
    })
    await program.parseAsync(normalizeGlobalFlags(args, program), { from: 'user' })
    return outcome.exitCode
  } catch (error) {
    return report(error, log)
  } finally {
    if (early !== undefined) killAll(early)
  }
}

function report(error: unknown, log: Log): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    // Help was asked for by giving no verb; it has been printed.
    if (error.code === 'commander.help') return EXIT.runtime
    return complain(error.message.replace(/^error: /, '').replace('\n', ' '), log, EXIT.runtime)
  }
  if (error instanceof Failure) return complain(error.message, log, error.exitCode)
  // A mistake of ours: the stack is what helps.
  return complain((error as Error)?.stack ?? String(error), log, EXIT.runtime)
}

function complain(message: string, log: Log, exitCode: number): number {
  log.write('error', message.replaceAll('\n', '; '))
  // process.stderr would make a pipe that the guest shares non-blocking.
  writeSync(2, `${message.replace(/^/gm, 'runsc: ')}\n`)
  return exitCode
}
