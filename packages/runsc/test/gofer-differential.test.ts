// The gofer's files through our VFS against the host kernel: random file operations must answer the
// same, with caches (exclusive) and without (shared), however few files and handles may be kept.

import * as fs from 'node:fs'
import { join } from 'node:path'
import { GoferFs, type GoferOptions, OpenFiles } from '@tsvisor/sentry-kernel'
import { Harness, type RecordingLog } from '@tsvisor/sentry-kernel/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Gofer, startGofer, tempDirectory } from '../../gofer/test/gofer.ts'
import {
  becomeOnHost,
  Dice,
  type Operation,
  randomOperation,
  runInGuest,
  runOnHost,
} from '../../sentry-kernel/test/vfs/random-files.ts'
import { connectFiles } from '../src/boot/remote/files.ts'
import { passedFile } from './passed-file.ts'

const SEQUENCES = Number(process.env['TSVISOR_FUZZ'] ?? 8)
const LENGTH = 250
/** ".." in symbolic links may climb: both sides have the same depth above. */
const BASE = '/1/2/3/4/5/6'

const variants: Record<string, () => Pick<GoferOptions, 'access' | 'maxHandles' | 'openFiles'>> = {
  exclusive: () => ({ access: 'exclusive' }),
  'exclusive, little kept': () => ({
    access: 'exclusive',
    maxHandles: 2,
    openFiles: new OpenFiles(1),
  }),
  shared: () => ({ access: 'shared' }),
}

describe.skipIf(process.getuid?.() !== 0)('random file operations (needs root)', () => {
  let temp: ReturnType<typeof tempDirectory>
  let gofer: Gofer
  let savedMask: number
  let savedGroups: number[]
  beforeAll(() => {
    temp = tempDirectory()
    savedMask = process.umask(0o022)
    savedGroups = process.getgroups!()
    process.setgroups!([])
    gofer = startGofer([{ attach: '', path: temp.path, access: 'write' }])
  })
  afterAll(async () => {
    await gofer.stop()
    process.umask(savedMask)
    process.setgroups!(savedGroups)
    temp.remove()
  })

  for (const [variant, options] of Object.entries(variants)) {
    it.each(Array.from({ length: SEQUENCES }, (_, i) => i + 1))(`${variant}, sequence %i`, seed => {
      const top = `${variant}-${seed}`
      const expectedBase = `${temp.path}/expected/${top}${BASE}`
      const base = `/served/${top}${BASE}`
      for (const each of [expectedBase, temp.path + base]) fs.mkdirSync(each, { recursive: true })
      const dice = new Dice(seed)
      const operations = Array.from({ length: LENGTH }, () => randomOperation(dice))
      const expected = operations.map(operation => runOnHost(expectedBase, operation))
      becomeOnHost(0)
      // A version message starts the connection anew.
      const files = connectFiles(gofer.socket, passedFile)
      const harness = new Harness({
        rootFs: () => new GoferFs(files.tree(''), { dev: 1, ...options() }),
      })
      const found: string[] = []
      harness.run(function* (sys) {
        for (const operation of operations) found.push(yield* runInGuest(sys, base, operation))
      })
      expect(show(operations, found)).toEqual(show(operations, expected))
      expect((harness.log as RecordingLog).lines).toEqual([])
      // And the host has what the guest believes.
      expect(tree(`${temp.path}/served/${top}`)).toEqual(tree(`${temp.path}/expected/${top}`))
    })
  }
})

const show = (operations: readonly Operation[], results: readonly string[]): string[] =>
  operations.map((o, i) => `${o.name} ${o.path} ${o.other} ${o.number} = ${results[i]}`)

/** Every file of a tree with what must agree. Links are not followed: there are circles. */
const tree = (directory: string): unknown[] =>
  fs
    .readdirSync(directory)
    .sort()
    .map(name => {
      const path = join(directory, name)
      const { mode, nlink, uid, gid, size } = fs.lstatSync(path)
      const type = mode & 0o170000
      if (type === 0o040000) return [name, mode, nlink, uid, gid, tree(path)]
      const content = type === 0o100000 ? fs.readFileSync(path).toString('latin1') : ''
      return [name, mode, nlink, uid, gid, size, content]
    })
