// The code that V8 compiled, kept beside the program: made once, and never trusted blindly. (runsc tests)

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VERBS } from '../src/cli/verbs.ts'
import { COMMAND_FLAGS } from '../src/start/node-flags.ts'
import { part } from './processes.ts'
import { CLI } from './sandbox.ts'

const PARTS = ['early', 'command', 'do', 'create', 'control', 'exec', 'schemas', 'boot', 'gofer']
const PROGRAM = ['cli.js', 'debug.js', ...PARTS.map(part => `${part}.js`), 'package.json']
const cached = (...uses: string[]) => uses.map(use => `${use}.${process.version}.cache`)
const KEPT = cached('boot', 'do', 'early', 'gofer')

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
  it('is not made by a command that fails', () => {
    expect(run('do', '--root', '/nowhere', 'true').status).not.toBe(0)
    expect(run('state', 'nobody').status).not.toBe(0)
    expect(run('../start').status).not.toBe(0)
    expect(files()).toEqual([...PROGRAM].sort())
  })

  it('is made by a command for itself only when it starts no sandbox', () => {
    expect(run('list').status).toBe(0)
    expect(files()).toEqual([...PROGRAM, ...cached('command-list')].sort())
    for (const name of cached('command-list')) rmSync(join(copy, name))
  })

  it('is made by the first run, for each part of it, and then stays', () => {
    echo()
    expect(files()).toEqual([...PROGRAM, ...KEPT].sort())
    const before = kept()
    echo()
    expect(kept().every((bytes, i) => bytes.equals(before[i]!))).toBe(true)
    expect(files()).toEqual([...PROGRAM, ...KEPT].sort())
  })

  it('is made anew for another program', () => {
    const build = kept()[0]!.subarray(0, 32)
    for (const name of KEPT) {
      const path = join(copy, name)
      writeFileSync(path, readFileSync(path).fill('0', 0, build.length))
    }
    echo()
    for (const bytes of kept()) expect(bytes.subarray(0, build.length)).toEqual(build)
  })

  it('that is none does no harm, and a command makes its own anew', () => {
    for (const name of KEPT) truncateSync(join(copy, name), 5000)
    echo()
    for (const name of cached('do', 'early'))
      expect(readFileSync(join(copy, name)).length).toBeGreaterThan(10_000)
    for (const name of KEPT) writeFileSync(join(copy, name), '')
    echo()
  })
})

describe('the program as a file', () => {
  const runFile = (...args: string[]) =>
    spawnSync(join(copy, 'cli.js'), args, { encoding: 'utf8' }).stdout
  const OWN = `command-list.${process.version}.command.cache`

  it('gives Node the flags of commands', () => {
    const [first] = readFileSync(CLI, 'utf8').split('\n')
    expect(first).toBe(`#!/usr/bin/env -S node ${COMMAND_FLAGS.join(' ')}`)
  })
  it('keeps compiled code of its own, and uses it', () => {
    runFile('list')
    const made = statSync(join(copy, OWN))
    runFile('list')
    expect(statSync(join(copy, OWN)).ino).toBe(made.ino)
  })
  it('has the processes of a sandbox hash with a seed of their own', async () => {
    const command = spawn(join(copy, 'cli.js'), ['do', 'sh', '-c', 'echo ready; exec cat'])
    await once(command.stdout, 'data')
    const hasOldSeed = (pid: number) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--no-rehash-snapshot')
    const pid = command.pid!
    expect([pid, part(pid, 'boot'), part(pid, 'gofer')].map(hasOldSeed)).toEqual([
      true,
      false,
      false,
    ])
    command.stdin.end()
    expect(await once(command, 'exit')).toEqual([0, null])
  })
})

describe('the parts', () => {
  it.each(Object.keys(VERBS))('have %s', verb => {
    expect(run(verb, '--help')).toMatchObject({ status: 0, stderr: '' })
  })
})
