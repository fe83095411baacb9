// The built `runsc`, the process that the user started: starts the others early. (runsc)

import { closeSync } from 'node:fs'
import type * as bootPart from '../boot/main.ts'
import type * as commandPart from '../cli/part/command.ts'
import { wantsDebug } from '../debug.ts'
import { type StartedSandbox, startSandboxFirst } from '../sandbox/spawn.ts'
import { type CommandPart, loadPart } from './part.ts'
import { needsTraining, train } from './train.ts'

/** Verbs that start a sandbox. */
const STARTING: readonly string[] = ['do', 'run', 'create']

/** Parts that are read faster than the one with all verbs; a test calls each verb. */
const SMALL_PARTS = {
  do: ['do'],
  create: ['create', 'run'],
  control: ['start', 'state', 'kill', 'delete'],
  exec: ['exec', 'exec-monitor'],
} as const satisfies Partial<Record<CommandPart, readonly string[]>>

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

interface CommandLine {
  /** undefined when in doubt, and when all verbs are spoken of. */
  readonly verb: string | undefined
  /** Whether the sandbox process that it may start is one without a debug log of its own. */
  readonly isPlain: boolean
}

function look(args: readonly string[]): CommandLine {
  let at = 0
  let isPlain = !wantsDebug()
  for (; args[at]?.startsWith('-'); at++) {
    if (/^-[^-]|^--(help|version)/.test(args[at]!)) return { verb: undefined, isPlain: false }
    if (/^--(debug|strace)/.test(args[at]!)) isPlain = false
    if (VALUED_FLAGS.has(args[at]!)) at++
  }
  const asksForHelp = /^(-h|--help)$/.test(args[at + 1] ?? '')
  return { verb: args[at], isPlain: isPlain && !asksForHelp }
}

function partOf(verb: string | undefined): CommandPart {
  const found = Object.entries(SMALL_PARTS).find(([, verbs]) => verbs.some(name => name === verb))
  return (found?.[0] as keyof typeof SMALL_PARTS | undefined) ?? 'command'
}

/**
 * The sandbox process for a command line that will want one: it starts while this process finds out what
 * to tell it. A debug log would be handed down at its start.
 */
const startEarly = ({ verb, isPlain }: CommandLine): StartedSandbox | undefined =>
  isPlain && STARTING.includes(verb ?? '')
    ? startSandboxFirst({ stdio: [0, 1, 2], log: undefined })
    : undefined

/** `keepStart` keeps the compiled code of this part. */
export async function command(args: readonly string[], keepStart: () => void): Promise<never> {
  const line = look(args)
  const early = startEarly(line)
  const part = partOf(line.verb)
  const use = /^[a-z-]+$/.test(line.verb ?? '') ? line.verb : part
  const { exports, keepCode } = loadPart<typeof commandPart>(part, use)
  const { status, done } = await exports.main(args, {
    ...(early && { early }),
    // The kernel is in that part only: the command itself stays small.
    loadKernel: async () => loadPart<typeof bootPart>('boot').exports,
  })
  if (done) {
    keepCode()
    keepStart()
    // Only where a sandbox came to speak: elsewhere a training run would fail as well.
    if (early?.hasSpoken() && needsTraining()) train()
  }
  letGo()
  process.exit(status)
}

/** koffi would sync standard output and error with their disks at the end, which may take long. */
function letGo(): void {
  for (const fd of [1, 2]) closeSync(fd)
}
