// The built `runsc`, the process that the user started: starts the others early. (runsc)

import type * as bootPart from '../boot/main.ts'
import type * as commandPart from '../cli/main.ts'
import { wantsDebug } from '../debug.ts'
import { type StartedSandbox, startSandboxFirst } from '../sandbox/spawn.ts'
import { loadPart } from './part.ts'
import { needsTraining, train } from './train.ts'

/** Verbs that start a sandbox. */
const STARTING = new Set(['do', 'run', 'create'])

/** Global flags with a value of their own word; a test keeps them equal to the declarations. */
export const VALUED_FLAGS: ReadonlySet<string> = new Set([
  '--root',
  '--debug-log',
  '--log',
  '--log-format',
  '--platform',
  '--network',
  '--file-access',
  '--overlay',
  '--walls',
  '--cgroup-manager',
  '--watchdog-action',
  '--watchdog-timeout',
  '--criu',
])

/**
 * The sandbox process for a command line that will want one: it starts while this process finds out what
 * to tell it. undefined when in doubt.
 */
function startEarly(args: readonly string[]): StartedSandbox | undefined {
  // That has a debug log, which would be handed down at their start.
  if (wantsDebug()) return undefined
  let at = 0
  for (; args[at]?.startsWith('-'); at++) {
    // A debug log as well, and help starts nothing.
    if (/^-[^-]|^--(debug|strace|help|version)/.test(args[at]!)) return undefined
    if (VALUED_FLAGS.has(args[at]!)) at++
  }
  if (!STARTING.has(args[at] ?? '') || /^(-h|--help)$/.test(args[at + 1] ?? '')) return undefined
  return startSandboxFirst({ stdio: [0, 1, 2], log: undefined })
}

export async function command(args: readonly string[]): Promise<never> {
  const early = startEarly(args)
  const { main } = loadPart<typeof commandPart>('command')
  const status = await main(args, {
    ...(early && { early }),
    // The kernel is in that part only: the command itself stays small.
    loadKernel: async () => loadPart<typeof bootPart>('boot'),
  })
  // Only where a sandbox came to speak: elsewhere a training run would fail as well.
  if (early?.hasSpoken() && needsTraining()) train()
  process.exit(status)
}
