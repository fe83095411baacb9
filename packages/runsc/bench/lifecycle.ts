// What starting, ending and keeping containers costs: in OCI runtimes, round about. (runsc bench)
//
//   lifecycle.ts [-r RUNS] [-n CONTAINERS[,CONTAINERS…]] RUNTIME …
//
// RUNTIME is a command line that understands `run`, `create`, `start`, `exec` and `delete`, as runc's.
// Times are hyperfine's, of one run: figures of different runs do not compare; -r 0 leaves them out. Memory is
// the PSS of all processes that a number of idle containers adds to the machine, which nobody else should use
// meanwhile. Needs root, hyperfine and busybox (static).

import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'

const { values, positionals: runtimes } = parseArgs({
  options: {
    runs: { type: 'string', short: 'r', default: '15' },
    containers: { type: 'string', short: 'n', default: '1,10,50' },
  },
  allowPositionals: true,
})

/** After the last start, until nothing of it runs any more. */
const SETTLE_MS = 2000

const work = mkdtempSync(join(tmpdir(), 'lifecycle-'))

/** A bundle whose container runs `args`. */
function bundle(name: string, ...args: string[]): string {
  const directory = join(work, name)
  const rootfs = join(directory, 'rootfs')
  for (const each of ['bin', 'proc', 'dev']) mkdirSync(join(rootfs, each), { recursive: true })
  copyFileSync('/bin/busybox', join(rootfs, 'bin/busybox'))
  for (const applet of ['true', 'sleep']) symlinkSync('busybox', join(rootfs, 'bin', applet))
  const config = {
    ociVersion: '1.0.2',
    root: { path: 'rootfs' },
    process: { user: { uid: 0, gid: 0 }, cwd: '/', args, env: ['PATH=/bin'] },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
    ],
    linux: { namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map(type => ({ type })) },
  }
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
  return directory
}

const ends = bundle('true', '/bin/true')
const stays = bundle('sleep', '/bin/sleep', '1000')
/** Runtimes must not share one: cgroups are named by it. */
const idOf = (runtime: string): string => `lifecycle-${process.pid}-${runtimes.indexOf(runtime)}`

interface Step {
  readonly name: string
  /** Before each run, which leaves out what it does not measure. */
  readonly prepare?: (runtime: string) => string
  readonly command: (runtime: string) => string
}

const remove = (runtime: string, id = idOf(runtime)): string =>
  `${runtime} delete --force ${id} || true`
const start = (runtime: string, id = idOf(runtime)): string =>
  `${runtime} create --bundle ${stays} ${id} && ${runtime} start ${id}`

const steps: readonly Step[] = [
  { name: 'run true', command: runtime => `${runtime} run --bundle ${ends} ${idOf(runtime)}` },
  {
    name: 'create, start',
    prepare: runtime => remove(runtime),
    command: runtime => start(runtime),
  },
  { name: 'exec true', command: runtime => `${runtime} exec ${idOf(runtime)} /bin/true` },
  {
    name: 'delete --force',
    prepare: runtime => `${remove(runtime)}; ${start(runtime)}`,
    command: runtime => `${runtime} delete --force ${idOf(runtime)}`,
  },
]

/** Milliseconds by runtime. */
function measure({ name, prepare, command }: Step): readonly string[] {
  const json = join(work, 'hyperfine.json')
  if (name === 'exec true')
    for (const runtime of runtimes) shell(`${remove(runtime)}; ${start(runtime)}`)
  const prepares = prepare ? runtimes.flatMap(runtime => ['--prepare', prepare(runtime)]) : []
  const commands = runtimes.map(runtime => command(runtime))
  const flags = ['--warmup', '2', '--runs', values.runs, '--export-json', json, '--style', 'none']
  execFileSync('hyperfine', [...flags, ...prepares, ...commands], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { results } = JSON.parse(readFileSync(json, 'utf8')) as {
    results: { mean: number; stddev: number }[]
  }
  return results.map(({ mean, stddev }) => `${ms(mean)} ± ${ms(stddev)}`)
}

const ms = (seconds: number): string => (seconds * 1000).toFixed(0)

const shell = (command: string): void =>
  void execFileSync('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'] })

const processes = (): string[] => readdirSync('/proc').filter(name => /^\d+$/.test(name))

const pssKiB = (pid: string): number => {
  try {
    return Number(
      /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0,
    )
  } catch {
    return 0
  }
}

/** MiB that `count` idle containers add. */
async function density(runtime: string, count: number): Promise<string> {
  const before = new Set(processes())
  // None starts like another: Google's takes the beginning of one for the whole.
  const ids = Array.from({ length: count }, (_, i) => `${idOf(runtime)}-${i}-of-${count}`)
  try {
    for (const each of ids) shell(start(runtime, each))
    await delay(SETTLE_MS)
    const added = processes().filter(pid => !before.has(pid))
    const sum = added.reduce((total, pid) => total + pssKiB(pid), 0)
    return (sum / 1024).toFixed(1)
  } finally {
    for (const each of ids) shell(remove(runtime, each))
  }
}

const row = (name: string, cells: readonly string[]): void =>
  console.log(name.padEnd(20) + cells.map(text => text.padStart(14)).join(''))

try {
  const titles = runtimes.map((_, i) => `[${i}]`)
  if (values.runs !== '0') {
    row('milliseconds', titles)
    for (const step of steps) row(step.name, measure(step))
  }
  for (const runtime of runtimes) shell(remove(runtime))
  row('idle, MiB of PSS', titles)
  for (const count of values.containers.split(',').map(Number)) {
    const cells: string[] = []
    for (const runtime of runtimes) cells.push(await density(runtime, count))
    row(`${count} container(s)`, cells)
  }
  for (const [i, runtime] of runtimes.entries()) console.log(`[${i}] ${runtime}`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
