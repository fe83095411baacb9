#!/usr/bin/env node
// The p9 command. (p9)

import { program } from './program.ts'
import { report } from './report.ts'

program().parseAsync().catch(report)
