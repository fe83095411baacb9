// What commands that read a tree of files take: in OCI runtimes' `do`, round about. (runsc bench)
//
//   files.ts [-r ROUNDS] [-n FILES] RUNTIME …
//
// RUNTIME is a command line that understands `do COMMAND`. Each command runs twice in a sandbox of its
// own: cold, then warm. A figure is the median of the rounds, in seconds, and the ratio to the first
// runtime's: figures of different runs do not compare. Needs bash, find, grep, tar and git.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals: runtimes } = parseArgs({
  options: {
    rounds: { type: 'string', short: 'r', default: '3' },
    files: { type: 'string', short: 'n', default: '20000' },
  },
  allowPositionals: true,
})

const FILES_PER_DIRECTORY = 50
const DIRECTORIES_ABOVE = 20

const makeTree = (): string => {
  const tree = mkdtempSync(join(tmpdir(), 'files-'))
  for (let i = 0; i < Number(values.files); i++) {
    const directory = Math.floor(i / FILES_PER_DIRECTORY)
    const path = join(tree, `d${directory % DIRECTORIES_ABOVE}`, `s${directory}`)
    if (i % FILES_PER_DIRECTORY === 0) mkdirSync(path, { recursive: true })
    const filling = 'a'.repeat(200 + ((i * 7919) % 3000))
    writeFileSync(join(path, `file-${i}.txt`), `${filling}\nline ${i} needle${i % 97}\n`)
  }
  const git = (...args: string[]) =>
    execFileSync('git', [
      '-C',
      tree,
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@b',
      '-c',
      'gc.auto=0',
      ...args,
    ])
  git('init', '-q')
  git('add', '-A')
  git('commit', '-qm', 'all')
  return tree
}

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[all.length >> 1] ?? Number.NaN

const tree = makeTree()
const commands: Record<string, string> = {
  find: `find ${tree}`,
  'grep -r': `grep -r needle42 ${tree}`,
  tar: `tar c ${tree} 2>/dev/null | cat`,
  'git status': `git -C ${tree} status`,
}

/** Seconds of the first and the second run in one sandbox. */
const twice = (runtime: string, command: string): readonly [number, number] => {
  const [file = '', ...args] = runtime.split(' ')
  const script = `TIMEFORMAT=%R; for run in cold warm; do time (${command}) >/dev/null; done`
  const { stderr } = spawnSync(file, [...args, 'do', 'bash', '-c', script], { encoding: 'utf8' })
  const [cold, warm] = stderr.match(/^\d+\.\d+$/gm) ?? []
  if (warm === undefined) process.stderr.write(`${runtime} do ${command}: ${stderr}\n`)
  return [Number(cold), Number(warm)]
}

const cell = (text: string): string => text.padStart(10)
try {
  const heads = runtimes.map((_, i) => cell(`[${i}] s`))
  const ratios = runtimes.slice(1).map((_, i) => cell(`[${i + 1}]/[0]`))
  console.log('command'.padEnd(16), ...heads, ...ratios)
  for (const [name, command] of Object.entries(commands)) {
    const seconds = runtimes.map((): [number[], number[]] => [[], []])
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [i, runtime] of runtimes.entries()) {
        const [cold, warm] = twice(runtime, command)
        seconds[i]![0].push(cold)
        seconds[i]![1].push(warm)
      }
    }
    for (const [run, label] of ['cold', 'warm'].entries()) {
      const medians = seconds.map(both => median(both[run]!))
      const cells = medians.map(value => cell(value.toFixed(2)))
      const others = medians.slice(1).map(value => cell((value / medians[0]!).toFixed(2)))
      console.log(`${name}, ${label}`.padEnd(16), ...cells, ...others)
    }
  }
  for (const [i, runtime] of runtimes.entries()) console.log(`[${i}] ${runtime}`)
} finally {
  rmSync(tree, { recursive: true, force: true })
}
