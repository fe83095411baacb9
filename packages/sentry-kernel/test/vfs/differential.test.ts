// tmpfs through our VFS against the host kernel: random file operations must answer the same.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Harness } from '../../src/testing/harness.ts'
import { Dice, type Operation, randomOperation, runInGuest, runOnHost } from './random-files.ts'

const SEQUENCES = Number(process.env['TSVISOR_FUZZ'] ?? 40)
const LENGTH = 120
/** ".." in symbolic links may climb: both sides have the same depth above. */
const BASE = '/1/2/3/4/5/6'

/** The host as root does as the guest does as root; otherwise permissions would differ. */
const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('random file operations', () => {
  let top = ''
  const savedMask = process.umask(0o022)
  beforeAll(() => {
    const parent = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
    top = fs.mkdtempSync(path.join(parent, 'tsvisor-'))
  })
  afterAll(() => {
    fs.rmSync(top, { recursive: true, force: true })
    process.umask(savedMask)
  })

  for (let seed = 1; seed <= SEQUENCES; seed++) {
    it(`sequence ${seed}`, () => {
      const dice = new Dice(seed)
      const operations: Operation[] = []
      for (let i = 0; i < LENGTH; i++) operations.push(randomOperation(dice))
      const base = `${top}/${seed}${BASE}`
      fs.mkdirSync(base, { recursive: true })
      const expected = operations.map(operation => runOnHost(base, operation))
      const found: string[] = []
      const harness = new Harness()
      harness.run(function* (sys) {
        let at = ''
        for (const name of BASE.split('/').slice(1)) {
          at += `/${name}`
          yield* sys.mkdir(at, 0o755)
        }
        for (const operation of operations) found.push(yield* runInGuest(sys, BASE, operation))
      })
      const show = (results: string[]) =>
        operations.map((o, i) => `${o.name} ${o.path} ${o.other} ${o.number} = ${results[i]}`)
      expect(show(found)).toEqual(show(expected))
    })
  }
})
