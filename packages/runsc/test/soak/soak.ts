// Many containers in a row and side by side, killed at random: what is left of them? (runsc tests)

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prctl } from '@tsvisor/host'
import { Bundles } from '../bundle.ts'
import { pause } from '../processes.ts'
import { CLI, type Outcome } from '../sandbox.ts'
import { descendantsOf, reapAdopted } from './descendants.ts'

export interface SoakOptions {
  /** Containers one after another. */
  readonly serial: number
  /** Containers side by side, after them. */
  readonly parallel: number
  /** Called after each of the first. */
  readonly progress?: (done: number) => void
  /** From 0 up to, not including, 1. */
  readonly random?: () => number
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
  /** Anonymous memory of the host that is used more than before, bytes. */
  readonly memoryBytes: number
}

/** How a container's life is cut short, and who is killed for it. */
const WAYS = ['kill', 'sandbox', 'gofer', 'any', 'command', 'exit'] as const
type Way = (typeof WAYS)[number]

const PR_SET_CHILD_SUBREAPER = 36
const CGROUPS = '/sys/fs/cgroup'

/** Runs them all. Becomes the parent of whatever the containers leave (PR_SET_CHILD_SUBREAPER). */
export async function soak(options: SoakOptions): Promise<Leaks> {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
  const bundles = new Bundles()
  const root = mkdtempSync(join(tmpdir(), 'runsc-soak-'))
  const tag = `soak-${process.pid}`
  const before = { files: names(tmpdir()), memory: usedMemory() }
  const soaking = new Soak(bundles, root, tag, options.random ?? Math.random)
  try {
    for (let i = 0; i < options.serial; i++) {
      await soaking.container(i)
      options.progress?.(i + 1)
    }
    const side = Array.from({ length: options.parallel }, (_, i) => i + options.serial)
    await Promise.all(side.map(i => soaking.container(i)))
    await settle()
    return {
      processes: descendantsOf(process.pid).map(({ pid, name }) => `${pid} ${name}`),
      mounts: lines('/proc/mounts', root),
      cgroups: findCgroups(tag),
      sockets: lines('/proc/net/unix', root),
      files: [
        ...readdirSync(root),
        ...names(tmpdir()).filter(name => name.startsWith('runsc') && !before.files.includes(name)),
      ],
      failures: soaking.failures,
      memoryBytes: usedMemory() - before.memory,
    }
  } finally {
    bundles.remove()
    rmSync(root, { recursive: true, force: true })
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
  }
}

class Soak {
  readonly failures: string[] = []
  readonly #bundles: Bundles
  readonly #root: string
  readonly #tag: string
  readonly #random: () => number
  /** Processes that Node waits for. */
  readonly #own = new Set<number>()

  constructor(bundles: Bundles, root: string, tag: string, random: () => number) {
    this.#bundles = bundles
    this.#root = root
    this.#tag = tag
    this.#random = random
  }

  async container(index: number): Promise<void> {
    const id = `${this.#tag}-${index}`
    const way = this.#pick(WAYS)
    const bundle = this.#bundles.make(spec => {
      spec.process.args = ['sh', '-c', way === 'exit' ? 'exit 7' : 'sleep 1000 & sleep 1000']
      spec.linux = { ...spec.linux, cgroupsPath: `/${id}` }
    })
    const create = this.#start(['create', '-b', bundle, id])
    if (way === 'command') setTimeout(() => create.kill(), this.#random() * 400)
    const created = await create.end
    if (way !== 'command') this.#expect(id, 'create', created)
    if (way !== 'command' || created.status === 0) await this.#live(id, way)
    this.#expect(id, 'delete', await this.#start(['delete', '--force', id]).end)
    rmSync(bundle, { recursive: true })
    reapAdopted(this.#own)
  }

  async #live(id: string, way: Way): Promise<void> {
    const state = await this.#start(['state', id]).end
    const { pid } = JSON.parse(state.stdout || '{}') as { pid?: number }
    this.#expect(id, 'start', await this.#start(['start', id]).end)
    if (way === 'any' || this.#random() < 0.2) {
      const executed = await this.#start(['exec', id, 'echo', 'hello']).end
      if (way !== 'exit' && executed.stdout !== 'hello\n') this.#expect(id, 'exec', executed)
    }
    this.#cut(id, way, pid ?? 0)
    if (way === 'kill') this.#expect(id, 'kill', await this.#start(['kill', id, 'KILL']).end)
    for (let i = 0; i < 500; i++) {
      const { stdout } = await this.#start(['state', id]).end
      if (stdout.includes('"stopped"')) return
      await pause(20)
    }
    this.failures.push(`${id}: ${way}: still not stopped`)
  }

  #cut(id: string, way: Way, sandbox: number): void {
    const all = descendantsOf(process.pid).filter(one => one.arguments.includes(this.#root))
    const ours = [sandbox, ...descendantsOf(sandbox).map(({ pid }) => pid)]
    const victims: Partial<Record<Way, number[]>> = {
      sandbox: [sandbox],
      any: ours,
      gofer: all.filter(one => one.arguments.includes('gofer')).map(({ pid }) => pid),
    }
    const victim = victims[way] && this.#pick(victims[way])
    if (victim === undefined || victim === 0) return
    try {
      process.kill(victim, 'SIGKILL')
    } catch {
      this.failures.push(`${id}: ${way}: ${victim} was gone`)
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!
  }

  #start(args: readonly string[]): { end: Promise<Outcome>; kill: () => void } {
    const child = spawn(process.execPath, [CLI, '--root', this.#root, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const pid = child.pid!
    this.#own.add(pid)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const end = new Promise<Outcome>(resolve => {
      // Not 'close': a container keeps the pipes.
      child.once('exit', status => {
        this.#own.delete(pid)
        setImmediate(() => {
          resolve({ stdout, stderr, status })
        })
      })
    })
    return { end, kill: () => child.kill('SIGKILL') }
  }

  #expect(id: string, verb: string, { status, stderr }: Outcome): void {
    if (status !== 0) this.failures.push(`${id}: ${verb}: status ${status}: ${stderr.trim()}`)
  }
}

const NOBODY: ReadonlySet<number> = new Set()

/** Processes that were killed take a moment. */
async function settle(): Promise<void> {
  for (let i = 0; i < 250; i++) {
    reapAdopted(NOBODY)
    if (descendantsOf(process.pid).length === 0) return
    await pause(20)
  }
}

const names = (directory: string): string[] => readdirSync(directory)

const lines = (path: string, text: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.includes(text))

function findCgroups(tag: string): string[] {
  if (!existsSync(CGROUPS)) return []
  return [CGROUPS, ...names(CGROUPS).map(name => join(CGROUPS, name))].flatMap(directory => {
    try {
      return names(directory).filter(name => name.startsWith(tag))
    } catch {
      return []
    }
  })
}

function usedMemory(): number {
  const [, kib = '0'] = /^AnonPages:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
  return Number(kib) * 1024
}
