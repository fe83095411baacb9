// A long soak: containers one after another and side by side, killed at random. (runsc bench)
//
//   node --conditions=tsvisor-source --import tsx soak.ts [-n CONTAINERS] [-p SIDE-BY-SIDE] [-b BATCH] [--seed NUMBER]
//
// Prints what they left, and fails if that is anything. After SIGINT, no more of those in a row are made.
// With -b it rests after so many of them, and before those side by side, until it reads a line.

import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { soak } from '../test/soak/soak.ts'

const { values } = parseArgs({
  options: {
    number: { type: 'string', short: 'n', default: '1000' },
    parallel: { type: 'string', short: 'p', default: '30' },
    batch: { type: 'string', short: 'b' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
  },
})
const [serial, parallel, seed] = [values.number, values.parallel, values.seed].map(Number)
let verdict: 'go on' | 'enough' = 'go on'
process.on('SIGINT', () => {
  verdict = 'enough'
})
const batch = Number(values.batch)
const input = values.batch === undefined ? undefined : createInterface(process.stdin)
const turns = input?.[Symbol.asyncIterator]()
const start = performance.now()
const seconds = () => ((performance.now() - start) / 1000).toFixed(0)
console.log(`seed ${seed}`)
const { memoryBytes, ...leaks } = await soak({
  ...{ serial: serial!, parallel: parallel!, seed: seed! },
  async progress(done, failures) {
    for (const failure of failures) console.log(failure)
    const line = `${done} of ${serial! + parallel!}, ${seconds()} s`
    if (process.stderr.isTTY) process.stderr.write(`\r${line}`)
    else if (done % 20 === 0) console.error(line)
    const isBatch = done === serial || (done < serial! && done % batch === 0)
    if (turns && isBatch && verdict === 'go on') {
      console.log(`${line}: rests`)
      await turns.next()
    }
    return verdict
  },
})
input?.close()
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
console.log(leaks)
console.log(
  `${seconds()} s; the host uses ${(memoryBytes / 2 ** 20).toFixed(0)} MiB more than before`,
)
process.exitCode = Object.values(leaks).some(list => list.length > 0) ? 1 : 0
