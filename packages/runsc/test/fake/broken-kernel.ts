// runsc with bugs in two system calls, to see what comes of bugs. (runsc tests)

import { syscallEntry } from '../../../sentry-kernel/src/syscalls/table.ts'

const SCHED_YIELD = 24
const SYNC = 162

function breakCall(nr: number, handle: () => never): void {
  Object.assign(syscallEntry(nr)!, { handle })
}

breakCall(SCHED_YIELD, () => {
  throw new Error('broken on purpose')
})
breakCall(SYNC, function loopForEver() {
  for (;;);
})

await import('../../src/cli.ts')
