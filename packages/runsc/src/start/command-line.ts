// What a command line is about, before the parts are loaded that understand it. (runsc)

import { wantsDebug } from '../debug.ts'
import type { CommandPart } from './part.ts'

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

export interface CommandLine {
  /** undefined when in doubt, and when all verbs are spoken of. */
  readonly verb: string | undefined
  /** Where the verb is understood. */
  readonly part: CommandPart
  /** Whether it will want a sandbox process, and one without a debug log of its own, handed down at its start. */
  readonly wantsSandbox: boolean
}

export function look(args: readonly string[]): CommandLine {
  let at = 0
  let isPlain = !wantsDebug()
  for (; args[at]?.startsWith('-'); at++) {
    if (/^-[^-]|^--(help|version)/.test(args[at]!))
      return { verb: undefined, part: 'command', wantsSandbox: false }
    if (/^--(debug|strace)/.test(args[at]!)) isPlain = false
    if (VALUED_FLAGS.has(args[at]!)) at++
  }
  const verb = args[at]
  const asksForHelp = ['-h', '--help'].includes(args[at + 1] ?? '')
  const wantsSandbox = isPlain && !asksForHelp && STARTING.includes(verb ?? '')
  return { verb, part: partOf(verb), wantsSandbox }
}

function partOf(verb: string | undefined): CommandPart {
  const found = Object.entries(SMALL_PARTS).find(([, verbs]) => verbs.some(name => name === verb))
  return (found?.[0] as keyof typeof SMALL_PARTS | undefined) ?? 'command'
}
