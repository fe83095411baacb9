#!/usr/bin/env node
// The built `runsc`: finds out which part of the program this process is. (runsc)

import type * as bootPart from '../boot/main.ts'
import type * as goferPart from '../gofer/main.ts'
import { loadPart } from './part.ts'

const verb = process.argv[2]
if (verb === 'boot') loadPart<typeof bootPart>('boot').main()
else if (verb === 'gofer') loadPart<typeof goferPart>('gofer').main()
// Not for the others: node:child_process alone takes longer than all of this.
else void import('./command.ts').then(({ command }) => command(process.argv.slice(2)))
