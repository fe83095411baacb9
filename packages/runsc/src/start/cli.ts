#!/usr/bin/env -S node --no-rehash-snapshot --no-sparkplug --regexp-interpret-all
// The built `runsc`: finds out which part of the program this process is. (runsc)

import { writeSync } from 'node:fs'
import type * as bootPart from '../boot/main.ts'
import { describeUnexpected, EXIT } from '../failure.ts'
import type * as goferPart from '../gofer/main.ts'
import { command } from './command.ts'
import { loadPart } from './part.ts'

const verb = process.argv[2]
if (verb === 'boot') loadPart<typeof bootPart>('boot').exports.main()
else if (verb === 'gofer') loadPart<typeof goferPart>('gofer').exports.main()
else command(process.argv.slice(2)).catch(fail)

/** Before there is a command that could say more: no file could be opened, say. */
function fail(error: unknown): never {
  writeSync(2, `runsc: ${describeUnexpected(error)}\n`)
  process.exit(EXIT.runtime)
}
