// Programs and configurations that are broken, or mean harm: one clear error, the right status. (runsc tests)

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Bundles, type Change } from './bundle.ts'
import { native, sandboxed } from './sandbox.ts'

const bundles = new Bundles()
afterAll(() => bundles.remove())

const programs = join(bundles.rootfs, 'usr/bin')
const busybox = readFileSync(join(bundles.rootfs, 'bin/busybox'))
const program = (name: string, content: string | Uint8Array, mode = 0o755) =>
  writeFileSync(join(programs, name), content, { mode })

/** busybox with changes: offsets as in elf(5). */
function elf(name: string, change: (image: Buffer, loads: number[]) => void): void {
  const image = Buffer.from(busybox)
  const headers = Number(image.readBigUInt64LE(32))
  const all = Array.from({ length: image.readUInt16LE(56) }, (_, i) => headers + 56 * i)
  change(
    image,
    all.filter(at => image.readUInt32LE(at) === 1),
  )
  program(name, image)
}
/** Sets one 64-bit member of every PT_LOAD header. */
const everyLoad = (name: string, member: number, value: bigint) =>
  elf(name, (image, loads) => {
    for (const at of loads) image.writeBigUInt64LE(value, at + member)
  })

for (const length of [0, 4, 63, 64, 100, 3000, 70_000])
  program(`cut-${length}`, busybox.subarray(0, length))
everyLoad('offset', 8, 1n << 62n)
everyLoad('address', 16, 1n << 62n)
everyLoad('address-kernel', 16, 0xffff_8000_0000_0000n)
everyLoad('address-zero', 16, 0n)
everyLoad('overlap', 16, 0x40_0000n)
everyLoad('file-size', 32, 1n << 62n)
everyLoad('memory-size', 40, 1n << 62n)
everyLoad('memory-wraps', 40, (1n << 64n) - 1n)
elf('many-headers', image => image.writeUInt16LE(65_535, 56))
elf('header-size', image => image.writeUInt16LE(7, 54))
elf('headers-far', image => image.writeBigUInt64LE(1n << 63n, 32))
elf('entry-zero', image => image.writeBigUInt64LE(0n, 24))
elf('entry-kernel', image => image.writeBigUInt64LE(0xffff_ffff_8000_0000n, 24))
elf('other-machine', image => image.writeUInt16LE(183, 18))
elf('big-endian', image => image.writeUInt8(2, 5))
elf('relocatable', image => image.writeUInt16LE(1, 16))
program('script-no-line', '#!')
program('script-no-name', '#! \n')
program('script-missing', '#!/no/such\n')
program('script-directory', '#!/etc\n')
program('script-self', `#!${programs}/script-self\n`)
program('no-script', 'exit 3\n')
program('not-executable', '#!/bin/sh\n', 0o644)
mkdirSync(join(programs, 'directory'))
symlinkSync('loop', join(programs, 'loop'))

it('broken programs end as they do natively', () => {
  const script = `cd ${programs}
    for i in *; do (exec ./$i) > /dev/null 2>&1 < /dev/null; echo "$i $?"; done`
  const expected = native(['bash', '-c', script]).stdout.split('\n')
  expect(expected.length).toBeGreaterThan(30)
  expect(sandboxed(['bash', '-c', script]).stdout.split('\n')).toEqual(expected)
})

/** The container's only words are one line of the runtime. */
function failure(change: Change): [message: string, status: number | null] {
  const { stdout, stderr, status } = bundles.run(change)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^runsc: [^\n]*\n$/)
  return [stderr.slice('runsc: '.length, -1), status]
}
const starting = (file: string): ReturnType<typeof failure> =>
  failure(({ process }) => void (process.args = [file]))

describe('the first program', () => {
  const cases: [string, string, number][] = [
    ['nonsense', 'executable file not found in $PATH', 127],
    ['/no/such', 'no such file or directory', 127],
    ['/etc/passwd/x', 'no such file or directory', 127],
    ['/usr/bin/script-missing', 'no such file or directory', 127],
    ['/usr/bin', 'permission denied', 126],
    ['/usr/bin/not-executable', 'permission denied', 126],
    ['not-executable', 'permission denied', 126],
    ['/usr/bin/no-script', 'exec format error', 126],
    ['/usr/bin/other-machine', 'exec format error', 126],
    ['/usr/bin/cut-0', 'exec format error', 126],
    ['/usr/bin/loop', 'too many levels of symbolic links', 126],
    ['/usr/bin/memory-size', 'invalid argument', 126],
  ]
  it.each(cases)('%j: %s', (file, reason, status) => {
    expect(starting(file)).toEqual([`exec: "${file}": ${reason}`, status])
  })

  it('a program whose interpreter is missing', () => {
    const image = Buffer.from(readFileSync('/bin/ls'))
    const at = image.indexOf('/lib64/ld-linux')
    image.write('/nope/', at, 'latin1')
    program('no-loader', image)
    expect(starting('/usr/bin/no-loader')).toEqual([
      'exec: "/usr/bin/no-loader": no such file or directory',
      127,
    ])
    rmSync(join(programs, 'no-loader'))
  })

  it('a user who may not run it', () => {
    program('secret', busybox, 0o700)
    const change: Change = ({ process }) => {
      process.args = ['/usr/bin/secret']
      process.user = { uid: 1000, gid: 1000 }
      process.capabilities = {}
    }
    expect(failure(change)).toEqual(['exec: "/usr/bin/secret": permission denied', 126])
  })
})

describe('the configuration', () => {
  const cases: [string, Change, string][] = [
    [
      'a link where /proc should be',
      c => {
        symlinkSync('/etc', join(bundles.rootfs, 'procfs'))
        c.mounts!.push({ destination: '/procfs', type: 'proc', source: 'proc' })
      },
      'mount proc on /procfs: must be mounted on ordinary directory',
    ],
    [
      'a file as directory',
      c => void (c.process.cwd = '/etc/passwd'),
      'chdir to cwd ("/etc/passwd") failed: not a directory',
    ],
    [
      'an unknown file system',
      c => void c.mounts!.push({ destination: '/x', type: 'ntfs', source: 'x' }),
      'mount /x: unknown type "ntfs" (known: cgroup, cgroup2, proc, sysfs, devpts, mqueue, devtmpfs, tmpfs, bind)',
    ],
    [
      'an unknown option',
      c =>
        void c.mounts!.push({
          destination: '/x',
          type: 'tmpfs',
          source: 'x',
          options: ['colour=red'],
        }),
      'mount tmpfs on /x: invalid argument',
    ],
    [
      'a mount below a file',
      c => void c.mounts!.push({ destination: '/etc/passwd/x', type: 'tmpfs', source: 'x' }),
      'mount tmpfs on /etc/passwd/x: not a directory',
    ],
    [
      'a directory over a file',
      c => void c.mounts!.push({ destination: '/etc/passwd', type: 'tmpfs', source: 'x' }),
      'mount tmpfs on /etc/passwd: not a directory',
    ],
    [
      'a loop of links',
      c => void c.mounts!.push({ destination: '/usr/bin/loop/x', type: 'tmpfs', source: 'x' }),
      'mount tmpfs on /usr/bin/loop/x: too many levels of symbolic links',
    ],
    [
      'no process',
      c => void Reflect.deleteProperty(c, 'process'),
      'config.json: process: required to run a container',
    ],
    [
      'no root directory',
      c => void (c.root!.path = '/no/such'),
      '/no/such: no such file or directory (root.path in config.json)',
    ],
  ]
  it.each(cases)('%s', (_, change, message) => {
    expect(failure(change)).toEqual([message, 128])
  })

  it('errors are in the log, in the form that engines read', () => {
    const log = join(bundles.directory, 'log')
    const bundle = bundles.make(({ process }) => void (process.args = ['/no/such']))
    const flags = ['--ignore-cgroups', '--log', log, '--log-format', 'json']
    expect(bundles.runsc(...flags, 'run', bundle).status).toBe(127)
    expect(bundles.runsc(...flags, 'run', '-b', bundle, '../x').status).toBe(128)
    const entries = readFileSync(log, 'utf8').trimEnd().split('\n')
    expect(entries.map(entry => JSON.parse(entry))).toEqual(
      [
        'exec: "/no/such": no such file or directory',
        expect.stringContaining('invalid container id "../x"'),
      ].map(msg => ({ level: 'error', msg, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) })),
    )
  })
})

it('a host that refuses ptrace', () => {
  // seccomp: ptrace(2) answers EPERM, as the default profiles of old engines make it.
  const code = `import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
def op(code, jt, jf, k): return struct.pack('HBBI', code, jt, jf, k)
prog = op(0x20, 0, 0, 0) + op(0x15, 0, 1, 101) + op(6, 0, 0, 0x50001) + op(6, 0, 0, 0x7fff0000)
buffer = ctypes.create_string_buffer(prog)
fprog = ctypes.create_string_buffer(struct.pack('HxxxxxxQ', 4, ctypes.addressof(buffer)))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, fprog, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])`
  const [node, ...rest] = [
    process.execPath,
    process.env['RUNSC_CLI'] ?? new URL('../dist/cli.js', import.meta.url).pathname,
    'do',
    'true',
  ]
  const { stdout, stderr, status } = native(['python3', '-c', code, node!, ...rest])
  expect({ stdout, status }).toEqual({ stdout: '', status: 128 })
  expect(stderr).toMatch(/^runsc: the host refuses ptrace \(errno 1\): [^\n]*\n$/)
})
