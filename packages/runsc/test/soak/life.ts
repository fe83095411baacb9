// The life of one container, and whom SIGKILL hits in it. (runsc tests)

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundles } from '../bundle.ts'
import { kill } from '../processes.ts'
import { CLI, type Outcome } from '../sandbox.ts'
import { descendantsOf, type Orphans } from './orphans.ts'

/** Who is killed; `nobody`: its program ends by itself, `init`: it is ended as `kill` does it. */
const VICTIMS = ['nobody', 'init', 'sandbox', 'gofer', 'stub', 'command'] as const
export type Victim = (typeof VICTIMS)[number]

const VERBS = ['create', 'start', 'exec', 'delete'] as const
type Verb = (typeof VERBS)[number]

/** How a sandbox process ends when that one was killed. */
const STATUSES = { nobody: 7, init: 137, sandbox: 137, gofer: 128, command: 137 } as const

/** A stub is one of the processes that hold guest memory: a task may die with it, or nobody at all. */
const STUB_GRACE_MS = 500
/** On a machine that is busy otherwise. */
const END_MS = 30_000

export interface Surroundings {
  readonly bundles: Bundles
  readonly root: string
  readonly orphans: Orphans
  /** From 0 up to, not including, 1. */
  readonly random: () => number
  /** How long the last command with that verb took, milliseconds. */
  readonly lasted: Map<string, number>
}

/** Lives the life of the container and returns what went wrong in it. */
export async function live(id: string, around: Surroundings): Promise<string[]> {
  const victim = pick(VICTIMS, around.random)
  const life = new Life(id, victim, around)
  try {
    await life.run()
  } catch (error) {
    life.failures.push((error as Error).message)
  }
  await life.delete()
  return life.failures.map(text => `${id}: ${life.plan}: ${text}`)
}

class Life {
  readonly failures: string[] = []
  readonly plan: string
  readonly #id: string
  readonly #victim: Victim
  /** The command that is killed, if one is. */
  readonly #verb: Verb | undefined
  readonly #around: Surroundings
  readonly #bundle: string

  constructor(id: string, victim: Victim, around: Surroundings) {
    this.#id = id
    this.#victim = victim
    this.#verb = victim === 'command' ? pick(VERBS, around.random) : undefined
    this.plan = this.#verb ? `${this.#verb} killed` : `${victim} killed`
    this.#around = around
    this.#bundle = around.bundles.make(spec => {
      spec.process.args = ['sh', '-c', victim === 'nobody' ? 'exit 7' : 'sleep 1000 & sleep 1000']
      spec.linux = { ...spec.linux, cgroupsPath: `/${id}` }
    })
  }

  async run(): Promise<void> {
    await this.#do('create', '-b', this.#bundle, this.#id)
    if (this.#verb === 'create') return
    const { sandbox, gofer } = this.#processes()
    this.#around.orphans.forget(sandbox)
    await this.#do('start', this.#id)
    if (this.#verb === 'start') return
    if (this.#verb === 'exec' || (this.#victim !== 'nobody' && this.#around.random() < 0.2)) {
      await this.#do('exec', this.#id, 'echo', 'hello')
      // Whoever asked is gone, and the container does not mind.
      if (this.#verb) await this.#expectAnswer()
    }
    if (this.#victim === 'sandbox') kill(sandbox, 'SIGKILL')
    if (this.#victim === 'gofer') kill(gofer, 'SIGKILL')
    if (this.#victim === 'stub') {
      const stub = pick(descendantsOf(sandbox), this.#around.random).pid
      kill(stub, 'SIGKILL')
      if ((await this.#around.orphans.statusOf(sandbox, STUB_GRACE_MS)) !== undefined) return
      await this.#expectAnswer()
    }
    if (['init', 'stub', 'command'].includes(this.#victim)) await this.#do('kill', this.#id, 'KILL')
    const status = await this.#around.orphans.statusOf(sandbox, END_MS)
    const expected = this.#victim === 'stub' ? 137 : STATUSES[this.#victim]
    if (status !== expected) throw new Error(`its status is ${status} instead of ${expected}`)
  }

  /** Whatever happened so far, nothing is left of it. */
  async delete(): Promise<void> {
    try {
      if (this.#verb === 'delete') await this.#do('delete', '--force', this.#id)
      // A container that has ended needs no force.
      const force = this.#verb || this.failures.length > 0 ? ['--force'] : []
      await this.#expect(0, 'delete', ...force, this.#id)
      if (existsSync(join(this.#around.root, this.#id))) throw new Error('still there when deleted')
    } catch (error) {
      this.failures.push((error as Error).message)
    }
    rmSync(this.#bundle, { recursive: true })
  }

  async #do(verb: string, ...args: string[]): Promise<void> {
    if (verb === this.#verb) await this.#command([verb, ...args], 'killed')
    else await this.#expect(0, verb, ...args)
  }

  async #expect(expected: number, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.#command(args, 'spared')
    if (status === expected) return stdout
    throw new Error(`${args.join(' ')}: status ${status}: ${stderr.trim()}`)
  }

  async #expectAnswer(): Promise<void> {
    const answer = await this.#expect(0, 'exec', this.#id, 'echo', 'hello')
    if (answer !== 'hello\n') throw new Error(`exec echo hello: ${JSON.stringify(answer)}`)
  }

  #command(args: readonly string[], fate: 'killed' | 'spared'): Promise<Outcome> {
    const { root, orphans, lasted, random } = this.#around
    const verb = args[0]!
    const start = performance.now()
    const child = spawn(process.execPath, [CLI, '--root', root, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: root },
    })
    orphans.addForeign(child.pid!)
    const outcome = { stdout: '', stderr: '' }
    child.stdout.on('data', chunk => void (outcome.stdout += chunk))
    child.stderr.on('data', chunk => void (outcome.stderr += chunk))
    const timer =
      fate === 'killed' &&
      setTimeout(() => child.kill('SIGKILL'), random() * (lasted.get(verb) ?? 500))
    return new Promise(resolve => {
      // Not 'close': a container keeps the pipes.
      child.once('exit', status => {
        orphans.removeForeign(child.pid!)
        if (timer) clearTimeout(timer)
        else lasted.set(verb, performance.now() - start)
        setImmediate(() => resolve({ ...outcome, status }))
      })
    })
  }

  #processes(): { sandbox: number; gofer: number } {
    const record = JSON.parse(readFileSync(join(this.#around.root, this.#id, 'state.json'), 'utf8'))
    return { sandbox: record.process.pid, gofer: record.gofer.pid }
  }
}

const pick = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)]!
