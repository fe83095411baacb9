// Many containers in a row and side by side, killed at random: what is left of them? (runsc tests)

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bundles } from '../bundle.ts'
import { live, type Surroundings } from './life.ts'
import { Orphans } from './orphans.ts'

export interface SoakOptions {
  /** Containers one after another. */
  readonly serial: number
  /** Containers side by side, after them. */
  readonly parallel: number
  /** Called after each, with what it did wrong, and waited for; `enough`: go on to those side by side. */
  readonly progress?: (done: number, failures: readonly string[]) => Promise<'go on' | 'enough'>
  /** Chooses who is killed when. */
  readonly seed: number
}

/** What was found when all was over: each list should be empty. */
export interface Leaks {
  readonly processes: readonly string[]
  readonly mounts: readonly string[]
  readonly cgroups: readonly string[]
  readonly sockets: readonly string[]
  readonly files: readonly string[]
  /** Containers that did not do what they should have, as lines. */
  readonly failures: readonly string[]
  /** Memory of the host that is used more than before, bytes, whoever uses it. */
  readonly memoryBytes: number
}

const CGROUPS = '/sys/fs/cgroup'
/** Processes that were killed take a moment. */
const SETTLE_MS = 15_000

/** Runs them all. Becomes the parent of whatever the containers leave (PR_SET_CHILD_SUBREAPER). */
export async function soak({ serial, parallel, progress, seed }: SoakOptions): Promise<Leaks> {
  const orphans = new Orphans()
  const bundles = new Bundles()
  const root = mkdtempSync(join(tmpdir(), 'runsc-soak-'))
  const tag = `soak-${process.pid}`
  const memory = usedMemory()
  const around: Surroundings = {
    ...{ bundles, root, orphans, random: chance(seed), lasted: new Map() },
  }
  const failures: string[] = []
  let done = 0
  const one = async (index: number) => {
    const found = await live(`${tag}-${index}`, around)
    failures.push(...found)
    return await progress?.(++done, found)
  }
  try {
    for (let i = 0; i < serial; i++) if ((await one(i)) === 'enough') break
    await Promise.all(Array.from({ length: parallel }, (_, i) => one(serial + i)))
    // Each creation sweeps up what commands left that were killed.
    failures.push(...(await live(`${tag}-last`, { ...around, random: () => 0 })))
    return {
      processes: await orphans.survivors(SETTLE_MS),
      mounts: [...lines('/proc/self/mounts', root), ...lines('/proc/self/mounts', bundles.rootfs)],
      cgroups: findCgroups(tag),
      sockets: lines('/proc/net/unix', root),
      files: readdirSync(root),
      failures,
      memoryBytes: usedMemory() - memory,
    }
  } finally {
    bundles.remove()
    rmSync(root, { recursive: true, force: true })
    orphans.release()
  }
}

/** Numbers from 0 up to, not including, 1: the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const lines = (path: string, text: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.includes(text))

function findCgroups(tag: string): string[] {
  if (!existsSync(CGROUPS)) return []
  return [CGROUPS, ...readdirSync(CGROUPS).map(name => join(CGROUPS, name))].flatMap(directory => {
    try {
      return readdirSync(directory).filter(name => name.startsWith(tag))
    } catch {
      return []
    }
  })
}

/** Of processes, of shared files, and of the kernel that it cannot give back. */
function usedMemory(): number {
  const text = readFileSync('/proc/meminfo', 'utf8')
  const kib = ['AnonPages', 'Shmem', 'SUnreclaim', 'KernelStack', 'PageTables'].map(name =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0),
  )
  return kib.reduce((sum, each) => sum + each, 0) * 1024
}
