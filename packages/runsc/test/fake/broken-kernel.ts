// runsc with a bug in one system call, to see what comes of bugs. (runsc tests)

import { syscallTable } from '../../../sentry-kernel/src/syscalls/table.ts'

const SCHED_YIELD = 24

const entry = syscallTable[SCHED_YIELD]!
;(syscallTable as (typeof entry)[])[SCHED_YIELD] = {
  ...entry,
  handle() {
    throw new Error('broken on purpose')
  },
}

await import('../../src/cli.ts')
