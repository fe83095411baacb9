// The walls of the sandbox process and the gofer, seen from outside and attacked from inside. (runsc tests)

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NAMESPACE } from '@tsvisor/host'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HostProcess } from '../src/sandbox/host-process.ts'
import { startGofer, startSandbox } from '../src/sandbox/start-confined.ts'
import { pause } from './processes.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const ESBUILD = createRequire(createRequire(import.meta.url).resolve('tsup')).resolve(
  'esbuild/bin/esbuild',
)
const isRoot = process.getuid?.() === 0

const built = mkdtempSync(join(here('..'), '.lead-walls-'))
const attacker = join(built, 'attacker.cjs')
const home = mkdtempSync(join(tmpdir(), 'runsc-walls-'))
const trees = [join(home, 'writable'), join(home, 'readonly')]
beforeAll(() => {
  execFileSync(ESBUILD, [
    here('./fake/attacker.ts'),
    ...['--bundle', '--format=cjs', '--platform=node', '--target=node20'],
    ...[`--alias:koffi=${here('../src/start/koffi.ts')}`, '--conditions=tsvisor-source'],
    ...['--log-level=error', `--outfile=${attacker}`],
  ])
  for (const tree of trees) {
    mkdirSync(tree)
    writeFileSync(join(tree, 'file'), 'x')
  }
})
afterAll(() => {
  rmSync(built, { recursive: true })
  rmSync(home, { recursive: true })
})

let count = 0
const starts = {
  boot: startSandbox,
  gofer: startGofer,
  /** As where user namespaces are forbidden. */
  unconfined: (part: Parameters<typeof startSandbox>[0]) =>
    new HostProcess({
      ...part,
      namespaces: 0,
      env: { ...part.env, RUNSC_UNCONFINED: 'for a test' },
    }),
}

interface Attack {
  readonly process: HostProcess
  /** What it has reported so far. */
  readonly reports: () => Record<string, unknown>[]
}

function start(which: keyof typeof starts, attempt: string): Attack {
  const path = join(home, `out-${count++}`)
  const out = openSync(path, 'w')
  const verb = which === 'gofer' ? 'gofer' : 'boot'
  const started = starts[which]({
    file: process.execPath,
    args: [process.execPath, attacker, attempt, JSON.stringify(trees), verb],
    env: { GLIBC_TUNABLES: 'glibc.pthread.rseq=0', UV_USE_IO_URING: '0' },
    fds: [undefined, out, 2],
  })
  closeSync(out)
  const reports = () =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>)
  return { process: started, reports }
}

/** Runs what is survived; the process then waits, and is ended after `look`. */
async function harmless(
  which: keyof typeof starts,
  look: (pid: number) => void = () => {},
): Promise<{ missing: unknown; outcomes: Record<string, unknown> }> {
  const attack = start(which, 'harmless')
  try {
    while (attack.reports().length < 2 && !attack.process.isGone) await pause(20)
    const [first, outcomes] = attack.reports()
    expect(attack.process.signalCode).toBe(null)
    look(attack.process.pid)
    return { missing: first!['missing'], outcomes: outcomes! }
  } finally {
    attack.process.killGroup()
    await attack.process.exit
  }
}

const statusOf = (path: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(`${path}/status`, 'utf8')
      .split('\n')
      .map(line => line.split(/:\s*/, 2) as [string, string]),
  )

const KINDS = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']
const namespacesOf = (pid: number | 'self') =>
  KINDS.map(kind => readlinkSync(`/proc/${pid}/ns/${kind}`))

function expectConfined(pid: number, user: number, capabilities: string): void {
  const threads = readdirSync(`/proc/${pid}/task`)
  expect(threads.length).toBeGreaterThan(4)
  for (const thread of threads) {
    const id = String(user)
    expect(statusOf(`/proc/${pid}/task/${thread}`)).toMatchObject({
      Uid: [id, id, id, id].join('\t'),
      CapInh: '0000000000000000',
      CapPrm: capabilities,
      CapEff: capabilities,
      CapAmb: '0000000000000000',
      NoNewPrivs: '1',
      Seccomp: '2',
    })
  }
}

const NONE = '0000000000000000'
const FILES = '000000008000001f'

describe('the sandbox process', () => {
  it('has namespaces and a root of its own, and no rights in any thread; nothing can be opened', async () => {
    const { missing, outcomes } = await harmless('boot', pid => {
      const [ours, theirs] = [namespacesOf('self'), namespacesOf(pid)]
      for (const [i, kind] of KINDS.entries()) expect(theirs[i], kind).not.toBe(ours[i])
      expect(readFileSync(`/proc/${pid}/mountinfo`, 'utf8')).toMatch(
        /^.* \/ ro,nosuid,nodev,noexec\b.* tmpfs none .*\n$/,
      )
      expectConfined(pid, isRoot ? 65534 : process.getuid!(), NONE)
    })
    expect(missing).toEqual([])
    expect(outcomes).toEqual({
      'clone a process': 'EPERM',
      clone3: 'ENOSYS',
      'kill its parent': 'EPERM',
      'kill all': 'EPERM',
      'type on a terminal': 'ENOTTY',
      'be looked into': 'EINVAL',
      'open a file': 'EACCES',
      'open by node:fs': 'EACCES',
      'stat a file': 'EACCES',
      'open a file past its proc': 'ENOENT',
      'open a file through its root': 'ENOENT',
      'open a file through its cwd': 'ENOENT',
      'open a file above': 'ENOENT',
      'open its own memory for writing': 'EACCES',
      'find other processes': 'ENOENT',
      'set a kernel parameter': 'ENOENT',
      'look who the peer of a socket is': 'EINVAL',
      'lock a file': 'EINVAL',
      'map code of a file': 'EPERM',
    })
  })

  it('dies of any call that it has no use for', async () => {
    const list = start('boot', 'list')
    await list.process.exit
    const attempts = Object.values(list.reports()[0]!) as string[]
    expect(attempts.length).toBeGreaterThan(20)
    for (const attempt of attempts) {
      const attack = start('boot', attempt)
      const { code, signal } = await attack.process.exit
      expect({ attempt, code, signal }).toEqual({ attempt, code: null, signal: 'SIGSYS' })
      expect(attack.reports().at(-1)).toEqual({ attempt })
    }
  }, 300_000)

  it('without namespaces still has no rights and no way to open a file, and says what it lacks', async () => {
    const { missing, outcomes } = await harmless('unconfined', pid =>
      expectConfined(pid, isRoot ? 65534 : process.getuid!(), NONE),
    )
    expect(missing).toEqual(['the sandbox process has no namespaces of its own: for a test'])
    expect(outcomes).toMatchObject({ 'open a file': 'EACCES', 'kill its parent': 'EPERM' })
  })
})

describe('the gofer', () => {
  it('reaches what it serves, for what it serves it', async () => {
    const { missing, outcomes } = await harmless('gofer', pid => {
      expectConfined(pid, process.getuid!(), isRoot ? FILES : NONE)
      if (!isRoot) return
      const [ours, theirs] = [namespacesOf('self'), namespacesOf(pid)]
      for (const [i, kind] of KINDS.entries()) expect(theirs[i], kind).not.toBe(ours[i])
      expect(readdirSync(`/proc/${pid}/root`)).toEqual(['0', '1', 'proc'])
    })
    expect(missing).toEqual([])
    expect(outcomes).toEqual({
      'clone a process': 'EPERM',
      clone3: 'ENOSYS',
      'kill its parent': 'EPERM',
      'kill all': 'EPERM',
      'type on a terminal': 'ENOTTY',
      'be looked into': 'EINVAL',
      'make a device': 'EPERM',
      'write to what it serves': 'opened',
      'read what it serves': 'opened',
      // Its own root, or Landlock.
      'open a file': isRoot ? 'ENOENT' : 'EACCES',
      'write to what it serves for reading': isRoot ? 'EROFS' : 'EACCES',
      'make a file beside it': isRoot ? 'ENOENT' : 'EACCES',
    })
  })

  it('dies of any call that it has no use for', async () => {
    for (const attempt of ['execve', 'socket of unix', 'ptrace another', 'mount', 'unshare']) {
      const attack = start('gofer', attempt)
      const { signal } = await attack.process.exit
      expect({ attempt, signal }).toEqual({ attempt, signal: 'SIGSYS' })
    }
  }, 120_000)
})

it('all namespaces that there are', () => {
  expect(Object.keys(NAMESPACE).sort()).toEqual(
    KINDS.map(kind => (kind === 'mnt' ? 'mount' : kind)).sort(),
  )
})
