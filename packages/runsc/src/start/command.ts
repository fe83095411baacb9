// The built `runsc`, the process that the user started. (runsc)

import { closeSync } from 'node:fs'
import type * as bootPart from '../boot/main.ts'
import type * as commandPart from '../cli/part/command.ts'
import { look } from './command-line.ts'
import type * as earlyPart from './early.ts'
import { exitNow } from './libc.ts'
import { inheritedFlags } from './node-flags.ts'
import { type LoadedPart, loadPart } from './part.ts'
import type * as schemasPart from './schemas.ts'

export async function command(args: readonly string[]): Promise<never> {
  const { verb, part, wantsSandbox } = look(args)
  const start = wantsSandbox ? loadPart<typeof earlyPart>('early') : undefined
  const early = start?.exports.startEarly()
  const use = /^[a-z-]+$/.test(verb ?? '') ? verb : part
  const { exports, keepCode } = loadPart<typeof commandPart>(part, use)
  let schemas: LoadedPart<typeof schemasPart> | undefined
  const { status, done } = await exports.main(args, {
    ...(early && { early }),
    // The kernel is in that part only: the command itself stays small.
    loadKernel: async () => loadPart<typeof bootPart>('boot').exports,
    loadSchemas: async () => {
      schemas = loadPart<typeof schemasPart>('schemas')
      return schemas.exports
    },
  })
  if (done) {
    keepCode()
    schemas?.keepCode()
    start?.keepCode()
    if (early) start?.exports.trainIfNeeded(early)
  }
  end(status)
}

/** Tidying up takes Node a while, and is for what ends with the process anyway, profiles of V8 aside. */
function end(status: number): never {
  if (inheritedFlags().length === 0) exitNow(status)
  // koffi would sync standard output and error with their disks, which may take long.
  for (const fd of [1, 2]) closeSync(fd)
  process.exit(status)
}
