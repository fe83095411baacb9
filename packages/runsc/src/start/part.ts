// The parts of the built program, loaded with the code that V8 compiled for them before. (runsc)
//
// Each part is one CommonJS file beside this one. What V8 makes of it, after a run that used it, is
// kept in that directory too, for each version of Node: who can write there can change the program
// anyway, so that nothing more is trusted. A command writes what it used itself; for the processes
// that hold a guest or its files only a training run does (train.ts): what they hold after a hostile
// guest is nobody's to load.

import {
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { Script } from 'node:vm'
import { type FileContent, mapFile } from './mapped-file.ts'
import { hasCommandFlags } from './node-flags.ts'

/** One with the verb of a command, before it one that starts a sandbox, and the other processes. */
export type CommandPart = 'do' | 'create' | 'control' | 'exec' | 'command'
export type PartName = CommandPart | 'early' | 'boot' | 'gofer'

/** Set by the training run to a suffix for the files that its processes write. */
export const training: string | undefined = process.env['RUNSC_TRAINING'] || undefined

const pathOf = (part: PartName): string => `${__dirname}/${part}.js`

/** With the flags that this is for: V8 takes none that was made under others. */
const madeFor = (part: PartName): string =>
  part !== 'boot' && part !== 'gofer' && hasCommandFlags() ? 'command.cache' : 'cache'

/** Where the compiled code is kept: of a part, or of one use of it where uses differ. */
const codeCachePath = (part: PartName, use: string = part): string =>
  `${__dirname}/${use}.${process.version}.${madeFor(part)}`

/** Where the training run keeps it until it has succeeded. */
export const trainedPath = (part: PartName, suffix: string): string =>
  `${codeCachePath(part)}.${suffix}`

/** Makes what a training run kept what is used from now on, or removes it. */
export function takeTrained(part: PartName, suffix: string, isGood: boolean): void {
  const path = trainedPath(part, suffix)
  if (isGood) renameSync(path, codeCachePath(part))
  else rmSync(path, { force: true })
}

/** Whether there is code no older than the part itself; V8 would notice only another length. */
export function hasCodeCache(part: PartName, use: string = part): boolean {
  const code = statSync(codeCachePath(part, use), { throwIfNoEntry: false })
  return code !== undefined && code.mtimeMs >= statSync(pathOf(part)).mtimeMs
}

const content = (path: string): FileContent =>
  mapFile(path) ?? { bytes: readFileSync(path), release() {} }

function codeCache(part: PartName, use: string): FileContent | undefined {
  try {
    return hasCodeCache(part, use) ? content(codeCachePath(part, use)) : undefined
  } catch {
    return undefined
  }
}

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
  const filename = pathOf(part)
  const text = content(filename)
  // The build escapes what is not ASCII, and adds the wrapper: a megabyte is copied once less.
  const source = text.bytes.toString('latin1')
  text.release()
  const code = codeCache(part, use)
  const script = new Script(source, { filename, ...(code && { cachedData: code.bytes }) })
  code?.release()
  if (training !== undefined && (part === 'boot' || part === 'gofer'))
    keepAtExit(script, trainedPath(part, training))
  const module = { exports: {} }
  const run = script.runInThisContext() as Wrapper
  // Which lies in the same directory, and loads nothing more for it.
  run(module, require, filename, __dirname)
  return {
    exports: module.exports as Exports,
    keepCode() {
      if (code === undefined || script.cachedDataRejected) keep(script, codeCachePath(part, use))
    },
  }
}

function keep(script: Script, path: string): void {
  const fresh = `${path}.${process.pid}.new`
  try {
    // First, because it is cheap where it is not allowed.
    closeSync(openSync(fresh, 'wx', 0o644))
    writeFileSync(fresh, script.createCachedData())
    renameSync(fresh, path)
  } catch {
    // Only speed is lost.
    rmSync(fresh, { force: true })
  }
}

/** At the end of this process, when it can open nothing any more. */
function keepAtExit(script: Script, path: string): void {
  const fd = openSync(path, 'wx', 0o644)
  process.on('exit', () => {
    writeSync(fd, script.createCachedData())
    closeSync(fd)
  })
}
