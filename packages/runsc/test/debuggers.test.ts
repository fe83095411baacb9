// strace and gdb, unmodified, in the sandbox: they see what they see natively.

import { expect, test } from 'vitest'
import { compile, installed, native, type Outcome, sandboxed } from './sandbox.ts'

/** Numbers that differ from run to run: processes, addresses, and how many variables there are. */
const plain = (text: string): string[] =>
  text
    .replace(/^\[pid +\d+\] /gm, '')
    .replace(/\/\* \d+ vars \*\//g, '/* vars */')
    .replace(/0x[0-9a-f]{5,}/g, 'ADDRESS')
    .replace(/\b(process|LWP|Process) \d+/g, '$1 N')
    .split('\n')

const both = (command: string[], of: (outcome: Outcome) => string[]): [string[], string[]] => [
  of(sandboxed(command, { cwd: '/' })),
  of(native(command, { cwd: '/' })),
]

test.skipIf(!installed('strace'))('strace -f of a pipeline (needs strace)', () => {
  const options = ['-ff', '-qq', '-e', 'trace=execve,dup2,exit_group', '-e', 'signal=none']
  // The three run side by side: a file for each, as who comes first is anybody's guess.
  const script = [
    'out=$(mktemp -d)',
    `strace ${options.join(' ')} -o $out/calls sh -c 'echo some words | tr a-z A-Z | wc -c'`,
    'cat $out/calls.*; rm -r $out',
  ].join('; ')
  const [here, there] = both(['sh', '-c', script], ({ stdout }) => {
    const [counted = '', ...calls] = plain(stdout)
    return [counted, ...calls.sort()]
  })
  expect(here).toEqual(there)
  expect(here[0]).toBe('11')
  expect(here.filter(line => line.startsWith('execve(')).length).toBeGreaterThan(0)
})

test.skipIf(!installed('strace'))('strace -p of a sleeping process (needs strace)', () => {
  const script = 'sleep 1 & strace -qq -e trace=exit_group -p $! 2>&1; wait $!; echo $?'
  const [here, there] = both(['sh', '-c', script], ({ stdout }) => plain(stdout))
  expect(here).toEqual(there)
  expect(here).toContain('exit_group(0)                           = ?')
})

test.skipIf(!installed('strace'))('strace --seccomp-bpf (needs strace)', () => {
  const options = ['-f', '--seccomp-bpf', '-qq', '-e', 'trace=chdir', '-e', 'signal=none']
  const command = ['strace', ...options, 'sh', '-c', 'cd /usr; (cd /tmp; true); cd /']
  const [here, there] = both(command, ({ stderr }) => plain(stderr))
  expect(here).toEqual(there)
  expect(here.filter(line => line.startsWith('chdir(')).length).toBe(3)
})

const gdb = (program: string, ...commands: string[]): string[] => [
  'gdb',
  '-nx',
  '-batch',
  ...commands.flatMap(command => ['-ex', command]),
  program,
]

test.skipIf(!installed('gdb') || !installed('cc'))(
  'gdb: breakpoints, steps, registers, watching (needs gdb and cc)',
  () => {
    const program = compile('./programs/debugged.c', ['-g', '-O0', '-no-pie', '-pthread'])
    const command = gdb(
      program,
      'set can-use-hw-watchpoints 0',
      'break twice',
      'run',
      'backtrace',
      'stepi',
      'info registers rip',
      'print x',
      'finish',
      'watch doubled',
      'continue',
      'delete',
      'print $_siginfo.si_signo',
      'continue',
    )
    const [here, there] = both(command, ({ stdout, stderr, status }) => [
      ...plain(stdout).filter(line => !/^\[(New )?Thread/.test(line)),
      `${/\d+ 6$/m.exec(stderr)?.[0]}, status ${status}`,
    ])
    expect(here).toEqual(there)
    expect(here).toContain('Value returned is $2 = 42')
    expect(here).toContain('42 6, status 0')
  },
)

test.skipIf(!installed('gdb') || !installed('cc'))(
  'gdb: threads, and the child of a fork (needs gdb and cc)',
  () => {
    const program = compile('./programs/debugged.c', ['-g', '-O0', '-no-pie', '-pthread'])
    const command = gdb(
      program,
      'set follow-fork-mode child',
      'break add if argument == 3',
      'run',
      'print argument',
      'continue',
    )
    // Threads come and go in any order.
    const [here, there] = both(command, ({ stdout }) =>
      plain(stdout)
        .filter(line => !/^\[(New|Thread|Switching)|hit Breakpoint/.test(line))
        .sort(),
    )
    expect(here).toEqual(there)
    expect(here).toContain('$1 = (void *) 0x3')
  },
)
