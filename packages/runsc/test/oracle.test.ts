// Linux is the oracle: each program of oracle/ prints the same natively and in the sandbox.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { expect, test } from 'vitest'
import { compile, installed, native, sandboxed } from './sandbox.ts'

/** Natively they need what every sandbox has. */
const ofCgroup2 = ['bpf-cgroups.c']
const programs = readdirSync(new URL('./oracle', import.meta.url)).filter(
  name => name.endsWith('.c') && !ofCgroup2.includes(name),
)
const hasCgroup2 = readFileSync('/proc/filesystems', 'utf8').includes('\tcgroup2\n')

/** An ordinary user is root in the guest of `runsc do`, and an ordinary user natively. */
const isRoot = process.getuid?.() === 0

test.skipIf(!installed('cc') || !isRoot).each(programs)('%s (needs cc and root)', compare)

test.skipIf(!installed('cc') || !isRoot || !hasCgroup2).each(ofCgroup2)(
  '%s (needs cc, root and cgroup2)',
  compare,
)

function compare(source: string): void {
  const program = compile(`./oracle/${source}`)
  const expected = native([program], { cwd: '/tmp' })
  // A shell as process 1: natively, too, orphans go to another process than the program.
  const actual = sandboxed(['sh', '-c', '"$0"; exit $?', program], { cwd: '/tmp' })
  expect(actual.stdout.split('\n')).toEqual(expected.stdout.split('\n'))
  expect(actual.status).toBe(expected.status)
}

/** On a directory of the host, by way of the gofer; the others have devices and the like in them. */
const onHostFiles = [
  'dnotify.c',
  'file-birth.c',
  'file-data.c',
  'file-exchange.c',
  'file-huge.c',
  'file-locks.c',
  'file-mmap.c',
  'file-open.c',
  'file-set-id.c',
  'inotify-calls.c',
]

test.skipIf(!installed('cc') || !isRoot).each(onHostFiles)(
  '%s on a directory of the host (needs cc and root)',
  source => {
    const program = compile(`./oracle/${source}`)
    const expected = native([program], { cwd: '/tmp' })
    const directory = mkdtempSync('/tmp/oracle-volume-')
    try {
      // The program may lie below the host's /tmp.
      const volumes = ['--volume', `${directory}:/tmp`, '--volume', `${dirname(program)}:/mnt`]
      const inGuest = `/mnt/${basename(program)}`
      const actual = sandboxed([...volumes, 'sh', '-c', '"$0"; exit $?', inGuest], { cwd: '/tmp' })
      expect(actual.stdout.split('\n')).toEqual(expected.stdout.split('\n'))
      expect(actual.status).toBe(expected.status)
      expect(readdirSync(directory)).toEqual([])
    } finally {
      rmSync(directory, { recursive: true })
    }
  },
)
