// The code that V8 compiled, kept beside the program: made once, and never trusted blindly. (runsc tests)

import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLI } from './sandbox.ts'

const PROGRAM = ['cli.js', 'start.js', 'command.js', 'boot.js', 'gofer.js', 'package.json']
const KEPT = ['boot', 'command', 'gofer', 'start'].map(part => `${part}.${process.version}.cache`)

let copy: string
beforeAll(() => {
  // Below dist, so that it finds koffi as the original does.
  copy = mkdtempSync(join(dirname(CLI), 'test-'))
  for (const name of PROGRAM) copyFileSync(join(dirname(CLI), name), join(copy, name))
})
afterAll(() => rmSync(copy, { recursive: true }))

const run = (...args: string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(copy, 'cli.js'), ...args], {
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}
const files = () => readdirSync(copy).sort()
const kept = () => KEPT.map(name => readFileSync(join(copy, name)))
const echo = () =>
  expect(run('do', 'echo', 'hi')).toEqual({ stdout: 'hi\n', stderr: '', status: 0 })

describe('compiled code', () => {
  it('is not made by a command that starts no sandbox, or fails', () => {
    expect(run('do', '--help').status).toBe(0)
    expect(run('--version').status).toBe(0)
    expect(run('do', '--root', '/nowhere', 'true').status).not.toBe(0)
    expect(files()).toEqual([...PROGRAM].sort())
  })

  it('is made by the first run, for each part, and then stays', () => {
    echo()
    expect(files()).toEqual([...PROGRAM, ...KEPT].sort())
    const before = kept()
    echo()
    expect(kept().every((bytes, i) => bytes.equals(before[i]!))).toBe(true)
    expect(files()).toEqual([...PROGRAM, ...KEPT].sort())
  })

  it('is made anew for another program', () => {
    for (const name of KEPT) {
      writeFileSync(join(copy, name), 'of an older program')
      utimesSync(join(copy, name), 1, 1)
    }
    echo()
    for (const bytes of kept()) expect(bytes.length).toBeGreaterThan(10_000)
  })

  it('that is none does no harm', () => {
    for (const name of KEPT) truncateSync(join(copy, name), 5000)
    echo()
    for (const name of KEPT) writeFileSync(join(copy, name), '')
    echo()
  })
})
