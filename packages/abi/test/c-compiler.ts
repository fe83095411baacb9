// Compiles and runs small C programs, the oracle of the ABI tests.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this machine has a C compiler for amd64 Linux. */
export const hasCompiler =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  spawnSync('cc', ['--version'], { stdio: 'ignore' }).status === 0

/** The words that a source contains after preprocessing, and the names of its macros. */
export function namesIn(source: string): Set<string> {
  const run = (args: string[]): string =>
    execFileSync('cc', ['-E', ...args, '-xc', '-'], {
      input: source,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    })
  return new Set(`${run(['-dM'])}\n${run(['-P'])}`.match(/\w+/g))
}

/** Compiles `source` and returns what it prints, as lines of words. */
export function runC(source: string): string[][] {
  const dir = mkdtempSync(join(tmpdir(), 'tsvisor-abi-'))
  try {
    const file = join(dir, 'program.c')
    writeFileSync(file, source)
    execFileSync('cc', ['-w', '-o', join(dir, 'program'), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const text = execFileSync(join(dir, 'program'), { encoding: 'utf8' })
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => line.split(' '))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** The value of each of `names` that the headers declare. */
export function constantsOf(
  headers: readonly string[],
  names: readonly string[],
): Map<string, bigint> {
  const includes = `#define _GNU_SOURCE\n${headers.map(h => `#include <${h}>\n`).join('')}`
  const known = namesIn(includes)
  const body = names
    .filter(name => known.has(name))
    .map(name => `  printf("${name} %lld\\n", (long long)(${name}));\n`)
  const rows = runC(`${includes}#include <stdio.h>\nint main(void) {\n${body.join('')}}\n`)
  return new Map(rows.map(([name, value]) => [name!, BigInt(value!)]))
}
