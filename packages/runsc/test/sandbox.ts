// Running commands natively and in the sandbox, for the tests. (runsc tests)

import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** The built command: what users run. */
export const CLI = process.env['RUNSC_CLI'] ?? here('../dist/cli.js')
/** Compiled guest programs, kept between runs. */
const CACHE = here('../../../.cache/oracle')

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

export interface RunOptions {
  readonly input?: string
  readonly cwd?: string
  readonly env?: Record<string, string>
}

function run(command: string, args: readonly string[], options: RunOptions): Outcome {
  const spawnOptions: SpawnSyncOptions = {
    input: options.input ?? '',
    timeout: 110_000,
    maxBuffer: 64 << 20,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  }
  const done = spawnSync(command, args, spawnOptions)
  if (done.error) throw done.error
  return { stdout: String(done.stdout), stderr: String(done.stderr), status: done.status }
}

/** Runs a command on the host. A death by signal is a status of 128 + signal, as a shell sees it. */
export const native = (command: readonly string[], options: RunOptions = {}): Outcome =>
  run('sh', ['-c', '"$@"', 'sh', ...command], options)

/** Runs a command with `runsc do`. */
export const sandboxed = (command: readonly string[], options: RunOptions = {}): Outcome =>
  run(process.execPath, [CLI, 'do', ...command], options)

/** Runs runsc itself. */
export const runsc = (args: readonly string[], options: RunOptions = {}): Outcome =>
  run(process.execPath, [CLI, ...args], options)

/** Compiles a C file of the tests statically and returns the program's path. */
export function compile(
  source: string,
  flags: readonly string[] = ['-static', '-pthread'],
): string {
  const program = `${CACHE}/${source.replace(/.*\//, '').replace(/\.c$/, '')}`
  const from = here(source)
  if (!existsSync(program) || statSync(program).mtimeMs < statSync(from).mtimeMs) {
    mkdirSync(CACHE, { recursive: true })
    const built = run('cc', ['-O1', '-w', ...flags, '-o', program, from, '-lm'], {})
    if (built.status !== 0) throw new Error(`cc ${source}: ${built.stderr}`)
  }
  return program
}

/** Whether a program is on the PATH. */
export const installed = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
