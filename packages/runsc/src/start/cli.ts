#!/usr/bin/env node
// The built `runsc`: finds out which part of the program this process is. (runsc)

import type * as bootPart from '../boot/main.ts'
import type * as goferPart from '../gofer/main.ts'
import { command } from './command.ts'
import { loadPart } from './part.ts'

const verb = process.argv[2]
if (verb === 'boot') loadPart<typeof bootPart>('boot').exports.main()
else if (verb === 'gofer') loadPart<typeof goferPart>('gofer').exports.main()
else void command(process.argv.slice(2))
