// A long soak: containers one after another and side by side, killed at random. (runsc bench)
//
//   soak.ts [-n CONTAINERS] [-p PARALLEL]
//
// Prints what they left, and fails if that is anything.

import { parseArgs } from 'node:util'
import { soak } from '../test/soak/soak.ts'

const { values } = parseArgs({
  options: {
    number: { type: 'string', short: 'n', default: '1000' },
    parallel: { type: 'string', short: 'p', default: '30' },
  },
})
const serial = Number(values.number)
const { memoryBytes, ...leaks } = await soak({
  serial,
  parallel: Number(values.parallel),
  progress: done => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${serial}`)
  },
})
console.log(leaks)
console.log(
  `anonymous memory of the host: ${(memoryBytes / 2 ** 20).toFixed(0)} MiB more than before`,
)
process.exitCode = Object.values(leaks).some(list => list.length > 0) ? 1 : 0
