// Standard input and output of all kinds, signals from outside, and the exit status. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Bundles } from './bundle.ts'
import { descendants, survivors } from './processes.ts'
import { CLI, installed, native, type Outcome } from './sandbox.ts'

const directory = mkdtempSync(join(tmpdir(), 'runsc-stdio-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Runs a script of the host that calls `$runsc do …`; `$d` is a directory for files. */
const script = (text: string): Outcome =>
  native(['bash', '-c', text], { env: { runsc: `${process.execPath} ${CLI}`, d: directory } })
const both = (text: string): [Outcome, Outcome] => [
  script(text.replaceAll('$runsc do ', '')),
  script(text),
]

describe('streams', () => {
  it('100 MB of binary input through a pipe, and from a file', () => {
    const text = `head -c 100000000 /dev/urandom > $d/big; md5sum < $d/big
      cat $d/big | $runsc do md5sum; $runsc do md5sum < $d/big; rm $d/big`
    const sums = script(text).stdout.trimEnd().split('\n')
    expect(sums).toHaveLength(3)
    expect(new Set(sums).size).toBe(1)
  })

  it('much output to a slow reader, to files, appended, shared', () => {
    const [expected, actual] = both(`
      $runsc do seq 1 500000 | { sleep 0.5; md5sum; }
      $runsc do seq 1 1000 > $d/new; md5sum < $d/new
      echo first > $d/app; $runsc do sh -c 'echo second; echo third >&2' >> $d/app 2>&1; cat $d/app
      { echo a; $runsc do echo b; echo c; } > $d/shared; cat $d/shared
      printf 'one\\ntwo\\nthree\\n' > $d/in; { read x; $runsc do sed s/t/T/; } < $d/in
      $runsc do sh -c 'cat; echo end' < /dev/null; $runsc do sh -c 'echo gone' > /dev/null
      $runsc do sh -c 'head -c 2; echo NEW' <> $d/in 1>&0; cat $d/in`)
    expect(actual).toEqual(expected)
  })

  it('closed ones do no harm', () => {
    expect(script('$runsc do sh -c "cat; echo out; echo err >&2" <&-').stdout).toBe('out\n')
    expect(script('$runsc do sh -c "echo out; echo err >&2" >&-').stderr).toBe('err\n')
    expect(script('$runsc do sh -c "echo out; echo err >&2" 2>&-').stdout).toBe('out\n')
  })

  it.skipIf(!installed('strace'))('a file is not flushed to its disk (needs strace)', () => {
    const calls = script(`
      strace -zqq -e signal=none -e trace=fsync,fdatasync,sync_file_range -o $d/calls $runsc do echo out > $d/out
      cat $d/out $d/calls`)
    expect(calls.stdout).toBe('out\n')
  })

  it('a reader that goes away ends the writer', () => {
    const text = '$runsc do yes | head -2; echo $PIPESTATUS'
    const [expected, actual] = both(text)
    expect(actual).toEqual(expected)
    expect(actual.stdout).toBe('y\ny\n141\n')
  })
})

describe('the end', () => {
  it('the exit status is what a shell would see', () => {
    const [expected, actual] = both(`
      for i in 0 1 42 255; do $runsc do sh -c "exit $i"; echo $?; done
      for i in TERM KILL SEGV ABRT USR1 PIPE; do $runsc do sh -c "kill -$i \\$\\$"; echo $?; done 2> /dev/null
      $runsc do perl -e 'unpack("p", pack("Q", 8))'; echo $?`)
    expect(actual.stdout).toBe(expected.stdout)
  })

  /** Starts it, waits for its first output, sends it a signal. */
  async function signalled(
    args: readonly string[],
    signal: NodeJS.Signals,
  ): Promise<{ status: number | NodeJS.Signals | null; stdout: string }> {
    const command: ChildProcess = spawn(process.execPath, [CLI, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    const end = new Promise<number | NodeJS.Signals | null>(resolve =>
      command.on('close', (code, by) => resolve(code ?? by)),
    )
    await new Promise<void>(resolve =>
      command.stdout!.on('data', data => {
        stdout += data
        resolve()
      }),
    )
    const family = descendants(command.pid!)
    command.kill(signal)
    const status = await end
    expect(await survivors(family)).toEqual([])
    return { status, stdout }
  }

  const sleeper = 'echo ready; exec sleep 100'
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('do: %s from outside ends the command', async (signal, status) => {
    const result = await signalled(['do', 'sh', '-c', sleeper], signal)
    expect(result).toEqual({ status, stdout: 'ready\n' })
  })

  it('do: a handler decides', async () => {
    const handler = 'trap "echo got it; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    const result = await signalled(['do', 'sh', '-c', handler], 'SIGTERM')
    expect(result).toEqual({ status: 5, stdout: 'ready\ngot it\n' })
  })

  it('do: timeout(1) leaves nothing', () => {
    const { stdout } = script('timeout 1 $runsc do sleep 100; echo $?')
    expect(stdout).toBe('124\n')
  })

  it('run: the first process ignores what it has no handler for, as pid 1 does', () => {
    const bundles = new Bundles()
    try {
      const own =
        'kill -TERM 1; kill -KILL 1; kill -QUIT $$; echo lives; (kill -TERM 1); echo on; exit 3'
      const { stdout, status } = bundles.sh(own)
      expect({ stdout, status }).toEqual({ stdout: 'lives\non\n', status: 3 })
    } finally {
      bundles.remove()
    }
  })
})

it('a file as standard input has its own position for the guest too', () => {
  const file = join(directory, 'lines')
  writeFileSync(file, 'first\nsecond\n')
  const text = '{ $runsc do sh -c "read a; echo got \\$a"; cat; } < $d/lines'
  const [expected, actual] = both(text)
  expect(actual).toEqual(expected)
  expect(readFileSync(file, 'utf8')).toBe('first\nsecond\n')
})
