// The built `runsc`, the process that the user started: starts the others early. (runsc)

import type * as commandPart from '../cli/main.ts'
import { type SandboxProcesses, spawnSandbox } from '../sandbox/spawn.ts'
import { loadPart } from './part.ts'
import { needsTraining, train } from './train.ts'

/**
 * The sandbox process and the gofer for a command line that will want them: they start while this
 * process finds out what to tell them. undefined when in doubt.
 */
function startEarly(args: readonly string[]): SandboxProcesses | undefined {
  const verb = args.findIndex(arg => !arg.startsWith('-'))
  if (args[verb] !== 'do' && args[verb] !== 'run') return undefined
  // A debug log would be handed down at their start, and help starts nothing.
  const wantsElse = (flag: string) => /^-[^-]|^--(debug|strace|help|version)/.test(flag)
  if (args.slice(0, verb).some(wantsElse)) return undefined
  return spawnSandbox({ stdio: [0, 1, 2], log: undefined })
}

export async function command(args: readonly string[]): Promise<never> {
  const early = startEarly(args)
  const { main } = loadPart<typeof commandPart>('command')
  const status = await main(args, early)
  // Only where a sandbox came to speak: elsewhere a training run would fail as well.
  if (early !== undefined && early.bootControl.bytesRead > 0 && needsTraining()) train()
  process.exit(status)
}
