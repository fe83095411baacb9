// The parts of the built program, loaded with the code that V8 compiled for them before. (runsc)
//
// Each part is one CommonJS file beside this one. What V8 makes of it, after a run that used it, is
// kept in that directory too, for each version of Node: who can write there can change the program
// anyway, so that nothing more is trusted. A command writes what it used itself; for the processes
// that hold a guest or its files only a training run does (train.ts): what they hold after a hostile
// guest is nobody's to load.

import { readFileSync, renameSync, rmSync } from 'node:fs'
import { Script } from 'node:vm'
import { findKept, hasKept, keep, keepAtExit } from './kept.ts'
import { hasCommandFlags } from './node-flags.ts'
import { training } from './training.ts'

/** One with the verb of a command, before it one that starts a sandbox, and the other processes. */
export type CommandPart = 'do' | 'create' | 'control' | 'exec' | 'command'
/** `schemas`: those of config.json, for a command that seldom wants them. */
export type PartName = CommandPart | 'early' | 'schemas' | 'boot' | 'gofer'

/** With the flags that this is for: V8 takes none that was made under others. */
const madeFor = (part: PartName): string =>
  part !== 'boot' && part !== 'gofer' && hasCommandFlags() ? 'command.cache' : 'cache'

/** Where it is kept: of a part, or of one use of it where uses differ. */
const keptPath = (part: PartName, use: string = part): string =>
  `${__dirname}/${use === part ? part : `${part}-${use}`}.${process.version}.${madeFor(part)}`

/** Where the training run keeps it until it has succeeded. */
const trainedPath = (part: PartName, suffix: string): string => `${keptPath(part)}.${suffix}`

/** Makes what a training run kept what is used from now on, or removes it. */
export function takeTrained(part: PartName, suffix: string, isGood: boolean): void {
  const path = trainedPath(part, suffix)
  if (isGood) renameSync(path, keptPath(part))
  else rmSync(path, { force: true })
}

/** Whether there is compiled code for it. */
export const isTrained = (part: PartName): boolean => hasKept(keptPath(part))

type Wrapper = (
  module: { exports: object },
  require: NodeJS.Require,
  filename: string,
  dirname: string,
) => void

export interface LoadedPart<Exports> {
  readonly exports: Exports
  /** Keeps what V8 compiled in this process for the next one, if it is not kept yet and can be. */
  keepCode(): void
}

/** Runs a part. `Exports` is the type of its main module; `use` names what for. */
export function loadPart<Exports extends object>(
  part: PartName,
  use: string = part,
): LoadedPart<Exports> {
  const filename = `${__dirname}/${part}.js`
  const kept = findKept(keptPath(part, use))
  // The build escapes what is not ASCII, and adds the wrapper: a megabyte is copied once less.
  const text = kept?.text ?? readFileSync(filename, 'latin1')
  const script = new Script(text, { filename, ...(kept && { cachedData: kept.code }) })
  kept?.release()
  const code = () => script.createCachedData()
  if (training !== undefined && (part === 'boot' || part === 'gofer'))
    keepAtExit(trainedPath(part, training), text, code)
  const module = { exports: {} }
  const run = script.runInThisContext() as Wrapper
  // Which lies in the same directory, and loads nothing more for it.
  run(module, require, filename, __dirname)
  return {
    exports: module.exports as Exports,
    keepCode() {
      if (kept === undefined || script.cachedDataRejected) keep(keptPath(part, use), text, code)
    },
  }
}
