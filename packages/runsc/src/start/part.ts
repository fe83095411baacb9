// The parts of the built program, loaded with the code that V8 compiled for them before. (runsc)
//
// Each part is one CommonJS file beside this one. What V8 makes of it, after a run that used it, is
// kept in that directory too, for each version of Node: who can write there can change the program
// anyway, so that nothing more is trusted. Only a training run writes it (train.ts): what a process
// holds that has run a hostile guest is nobody's to load.

import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { Script } from 'node:vm'

export type PartName = 'start' | 'command' | 'boot' | 'gofer'

/** Set by the training run to a suffix for the files that its processes write. */
export const training: string | undefined = process.env['RUNSC_TRAINING'] || undefined

const pathOf = (part: PartName): string => `${__dirname}/${part}.js`

/** Where the compiled code of a part is kept. */
export const codeCachePath = (part: PartName): string =>
  `${__dirname}/${part}.${process.version}.cache`

/** Whether there is code no older than the part itself; V8 would notice only another length. */
export function hasCodeCache(part: PartName): boolean {
  const code = statSync(codeCachePath(part), { throwIfNoEntry: false })
  return code !== undefined && code.mtimeMs >= statSync(pathOf(part)).mtimeMs
}

/** Reads a file to the start of `room`; what does not fit stays out. */
function read(path: string, room: Buffer): Buffer {
  const fd = openSync(path, 'r')
  try {
    let length = 0
    for (let got = -1; got !== 0; length += got)
      got = readSync(fd, room, length, room.length - length, null)
    return room.subarray(0, length)
  } finally {
    closeSync(fd)
  }
}

function readCodeCache(part: PartName, room: Buffer): Buffer | undefined {
  try {
    return hasCodeCache(part) ? read(codeCachePath(part), room) : undefined
  } catch {
    return undefined
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

type Wrapper = (
  module: { exports: object },
  require: NodeJS.Require,
  filename: string,
  dirname: string,
) => void

/** What the part exports. `Exports` is the type of its main module. */
export function loadPart<Exports extends object>(part: PartName): Exports {
  const filename = pathOf(part)
  // The build escapes what is not ASCII, and adds the wrapper: a megabyte is copied once less.
  // Both are read into the same memory: fresh pages take longer than reading does.
  const room = Buffer.allocUnsafeSlow(Math.max(sizeOf(filename), sizeOf(codeCachePath(part))))
  const source = read(filename, room).toString('latin1')
  const cachedData = readCodeCache(part, room)
  const script = new Script(source, { filename, ...(cachedData && { cachedData }) })
  if (training !== undefined) keepCodeOf(script, `${codeCachePath(part)}.${training}`)
  const module = { exports: {} }
  const run = script.runInThisContext() as Wrapper
  // Which lies in the same directory, and loads nothing more for it.
  run(module, require, filename, __dirname)
  return module.exports as Exports
}

/** At the end of this process, when V8 has compiled what a run needs. */
function keepCodeOf(script: Script, path: string): void {
  const fd = openSync(path, 'wx', 0o644)
  process.on('exit', () => {
    writeSync(fd, script.createCachedData())
    closeSync(fd)
  })
}
