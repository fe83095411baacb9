#!/usr/bin/env node
// The built `runsc` command: loads the part that this process is, starts the others early. (runsc)

import type * as bootPart from '../boot/main.ts'
import type * as commandPart from '../cli/main.ts'
import type * as goferPart from '../gofer/main.ts'
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

async function command(args: readonly string[]): Promise<never> {
  const early = startEarly(args)
  const { main } = loadPart<typeof commandPart>('command')
  const status = await main(args, early)
  if (early !== undefined && needsTraining()) train()
  process.exit(status)
}

const verb = process.argv[2]
if (verb === 'boot') loadPart<typeof bootPart>('boot').main()
else if (verb === 'gofer') loadPart<typeof goferPart>('gofer').main()
else void command(process.argv.slice(2))
