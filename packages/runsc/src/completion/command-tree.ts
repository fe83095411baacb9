// What can be completed: verbs, flags and their values, from commander's own declarations. (runsc)

import type { Command, Option } from 'commander'

export interface Flag {
  /** `-b` and `--bundle`, those that there are. */
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

export interface VerbShape {
  readonly name: string
  readonly description: string
  readonly flags: readonly Flag[]
  /** Its first argument: the id of a container that there is, one of some words, or anything. */
  readonly argument: 'id' | 'file' | readonly string[]
}

export interface CommandTree {
  readonly flags: readonly Flag[]
  readonly verbs: readonly VerbShape[]
}

/** Verbs whose argument is a container that exists: it is said so by its description. */
const EXISTING = 'the container'

export function commandTree(program: Command): CommandTree {
  const help = program.createHelp()
  const flagsOf = (command: Command) => help.visibleOptions(command).map(flagOf)
  return {
    flags: flagsOf(program),
    verbs: help.visibleCommands(program).map(command => ({
      name: command.name(),
      description: command.description(),
      flags: flagsOf(command),
      argument: argumentOf(command),
    })),
  }
}

const flagOf = ({ short, long, description, required, optional, argChoices }: Option): Flag => ({
  names: [short, long].filter(name => name !== undefined),
  description,
  takesValue: required || optional,
  choices: argChoices ?? [],
})

function argumentOf(command: Command): VerbShape['argument'] {
  const [first] = command.registeredArguments
  if (first?.argChoices !== undefined) return first.argChoices
  return first?.description.startsWith(EXISTING) ? 'id' : 'file'
}
