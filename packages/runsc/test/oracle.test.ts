// Linux is the oracle: each program of oracle/ prints the same natively and in the sandbox.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { expect, test } from 'vitest'
import { compile, installed, native, sandboxed } from './sandbox.ts'

const tells = (path: string, what: RegExp) =>
  existsSync(path) && what.test(readFileSync(path, 'utf8'))

/** What some need natively, as every sandbox has it. */
const NEEDS: Readonly<Record<string, readonly [need: string, isThere: boolean]>> = {
  'bpf-cgroups.c': ['cgroup2', tells('/proc/filesystems', /\tcgroup2$/m)],
  'multicast-limits.c': [
    'an optmem_max of 131072',
    tells('/proc/sys/net/core/optmem_max', /^131072$/m),
  ],
}
const programs = readdirSync(new URL('./oracle', import.meta.url)).filter(
  name => name.endsWith('.c') && NEEDS[name] === undefined,
)

/** An ordinary user is root in the guest of `runsc do`, and an ordinary user natively. */
const isRoot = process.getuid?.() === 0

test.skipIf(!installed('cc') || !isRoot).each(programs)('%s (needs cc and root)', compare)

for (const [source, [need, isThere]] of Object.entries(NEEDS))
  test.skipIf(!installed('cc') || !isRoot || !isThere)(
    `${source} (needs cc, root and ${need})`,
    () => compare(source),
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
