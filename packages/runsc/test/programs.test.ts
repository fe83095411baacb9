// Real programs of the host, unmodified: the same output natively and in the sandbox.

import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { installed, native, sandboxed } from './sandbox.ts'

const script = (name: string): string =>
  fileURLToPath(new URL(`./programs/${name}`, import.meta.url))

const programs: [interpreter: string, file: string, needs: string[]][] = [
  ['bash', 'bash.sh', ['bash']],
  ['bash', 'coreutils.sh', ['bash', 'tar', 'gzip', 'xz', 'awk']],
  ['perl', 'perl.pl', ['perl']],
  ['python3', 'python.py', ['python3']],
  ['bash', 'gcc.sh', ['gcc', 'g++', 'make', 'ar']],
  ['bash', 'git.sh', ['git']],
  ['node', 'node.mjs', ['node']],
  ['bash', 'fio.sh', ['bash', 'fio']],
  ['bash', 'numactl.sh', ['bash', 'numactl']],
]

/** Natively an ordinary user may not. */
if (process.getuid?.() === 0)
  programs.push(
    ['bash', 'namespaces.sh', ['bash', 'unshare', 'nsenter', 'lsns', 'ip']],
    ['bash', 'mounts.sh', ['bash', 'unshare', 'findmnt', 'mount']],
    ['bash', 'ping.sh', ['bash', 'unshare', 'ping', 'setpriv', 'ip']],
    ['bash', 'sockets.sh', ['bash', 'unshare', 'python3', 'ss', 'netstat']],
    [
      'bash',
      'user-namespaces.sh',
      ['bash', 'bwrap', 'unshare', 'nsenter', 'setpriv', 'setcap', 'newuidmap', 'ps', 'ip'],
    ],
  )

for (const [interpreter, file, needs] of programs) {
  test.skipIf(!needs.every(installed))(`${interpreter} ${file} (needs ${needs.join(', ')})`, () => {
    const expected = native([interpreter, script(file)], { cwd: '/tmp' })
    const actual = sandboxed([interpreter, script(file)], { cwd: '/tmp' })
    expect(actual.stdout.split('\n')).toEqual(expected.stdout.split('\n'))
    expect(actual.status).toBe(expected.status)
  })
}
