// Costs of single operations: natively and in OCI runtimes, round about, as ratios. (runsc bench)
//
//   operations.ts [-r ROUNDS] [-t MILLISECONDS] RUNTIME …
//
// RUNTIME is a command line that understands `run --bundle DIR ID` and `delete --force ID`. A figure
// is the median of the rounds, in multiples of the native one of the same run: figures of different
// runs do not compare. Needs cc, and the rights that the runtimes need.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals: runtimes } = parseArgs({
  options: {
    rounds: { type: 'string', short: 'r', default: '3' },
    time: { type: 'string', short: 't', default: '50' },
  },
  allowPositionals: true,
})

const work = mkdtempSync(join(tmpdir(), 'operations-'))
const rootfs = join(work, 'rootfs')
for (const name of ['bin', 'tmp', 'proc', 'dev']) mkdirSync(join(rootfs, name), { recursive: true })
const program = join(rootfs, 'bin/operations')
const source = fileURLToPath(new URL('operations.c', import.meta.url))
execFileSync('cc', ['-O2', '-static', '-pthread', '-o', program, source])

const tmpfs = (destination: string) => ({ destination, type: 'tmpfs', source: 'tmpfs' })
const config = {
  ociVersion: '1.0.2',
  root: { path: 'rootfs' },
  process: { user: { uid: 0, gid: 0 }, cwd: '/', args: ['/bin/operations', values.time], env: [] },
  mounts: [{ destination: '/proc', type: 'proc', source: 'proc' }, tmpfs('/dev'), tmpfs('/tmp')],
  linux: {
    namespaces: ['pid', 'ipc', 'uts', 'mount', 'network'].map(type => ({ type })),
  },
}
writeFileSync(join(work, 'config.json'), JSON.stringify(config))

type Figures = ReadonlyMap<string, number>

const figures = (file: string, args: readonly string[], env = process.env): Figures => {
  const { stdout, stderr, status } = spawnSync(file, args, { encoding: 'utf8', env })
  if (status !== 0) process.stderr.write(`${file}: status ${status}\n${stderr}`)
  const found = new Map<string, number>()
  for (const line of stdout.split('\n')) {
    const [name, value] = line.split('\t')
    if (name && value) found.set(name, Number(value))
  }
  return found
}

const inRuntime = (runtime: string, round: number): Figures => {
  const [file = '', ...args] = runtime.split(' ')
  const id = `operations-${process.pid}-${round}`
  const found = figures(file, [...args, 'run', '--bundle', work, id])
  spawnSync(file, [...args, 'delete', '--force', id], { stdio: 'ignore' })
  return found
}

const median = (all: readonly Figures[], name: string): number => {
  const sorted = all.map(one => one.get(name) ?? Number.NaN).sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

const native: Figures[] = []
const sandboxed = runtimes.map((): Figures[] => [])
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    native.push(figures(program, [values.time], { ...process.env, OPERATIONS_TMP: '/dev/shm' }))
    for (const [i, runtime] of runtimes.entries()) sandboxed[i]!.push(inRuntime(runtime, round))
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

const cell = (text: string): string => text.padStart(12)
console.log(
  'operation'.padEnd(24) + cell('native ns') + runtimes.map((_, i) => cell(`[${i}]`)).join(''),
)
for (const name of native[0]!.keys()) {
  const base = median(native, name)
  const ratios = sandboxed.map(all => cell((median(all, name) / base).toFixed(2)))
  console.log(name.padEnd(24) + cell(base.toFixed(0)) + ratios.join(''))
}
for (const [i, runtime] of runtimes.entries()) console.log(`[${i}] ${runtime}`)
