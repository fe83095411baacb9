// runsc with bugs in two system calls, to see what comes of bugs. (runsc tests)

import { syscallTable } from '../../../sentry-kernel/src/syscalls/table.ts'

const SCHED_YIELD = 24
const SYNC = 162

function breakCall(nr: number, handle: () => never): void {
  const table = syscallTable as (typeof syscallTable)[number][]
  table[nr] = { ...table[nr]!, handle } as (typeof table)[number]
}

breakCall(SCHED_YIELD, () => {
  throw new Error('broken on purpose')
})
breakCall(SYNC, function loopForEver() {
  for (;;);
})

await import('../../src/cli.ts')
