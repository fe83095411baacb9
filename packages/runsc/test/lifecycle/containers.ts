// Containers in the background for the tests: a state directory, bundles, the command. (runsc tests)

import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Bundles, type Change } from '../bundle.ts'
import { CLI, type Outcome } from '../sandbox.ts'

/** The command line before global flags. */
export const RUNSC: readonly string[] = [process.execPath, CLI]

/** Ends by itself when nobody does it; exits with 7 on SIGTERM. */
export const LOOP =
  'trap "exit 7" TERM; echo ready; i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done'

interface RunWith {
  readonly input?: string
  readonly globals?: readonly string[]
  /** Descriptors of this process that become 3, 4, … of the command. */
  readonly fds?: readonly number[]
  readonly env?: Readonly<Record<string, string>>
}

export class Containers {
  #root: string | undefined
  readonly bundles = new Bundles()
  readonly #runtime: readonly string[]
  #count = 0

  constructor(runtime: readonly string[] = RUNSC) {
    this.#runtime = runtime
  }

  /** Made when it is first asked for. */
  get root(): string {
    this.#root ??= mkdtempSync(join(tmpdir(), 'runsc-state-'))
    return this.#root
  }

  /** Runs the command. What it leaves in the background gets files: pipes would be waited for. */
  async run(...args: readonly string[]): Promise<Outcome> {
    return this.runWith({}, ...args)
  }

  async runWith(
    { input = '', globals = [], fds = [], env = {} }: RunWith,
    ...args: readonly string[]
  ): Promise<Outcome> {
    const [command = '', ...before] = this.#runtime
    const [out, err] = [join(this.root, '.out'), join(this.root, '.err')].map(path =>
      openSync(`${path}${Math.random()}`, 'w+'),
    ) as [number, number]
    const child = spawn(command, [...before, '--root', this.state, ...globals, ...args], {
      stdio: ['pipe', out, err, ...fds],
      env: { ...process.env, ...env },
    })
    // What needs no input may have ended already.
    child.stdin!.on('error', () => {})
    child.stdin!.end(input)
    const status = await new Promise<number | null>(resolve => child.on('exit', resolve))
    const [stdout, stderr] = [out, err].map(fd => readFileSync(`/proc/self/fd/${fd}`, 'utf8'))
    closeSync(out)
    closeSync(err)
    return { stdout: stdout!, stderr: stderr!, status }
  }

  /** The same where it must succeed; its output. */
  async ok(...args: readonly string[]): Promise<string> {
    const { stdout, stderr, status } = await this.run(...args)
    if (status !== 0) throw new Error(`${args.join(' ')}: ${status}: ${stderr}`)
    return stdout
  }

  /** Where --root is. */
  get state(): string {
    return join(this.root, 'state')
  }

  bundle(script: string, change: Change = () => {}): string {
    return this.bundles.make(spec => {
      spec.process.args = ['sh', '-c', script]
      // Other tests have containers of the same name at the same time.
      const cgroupsPath = `/${basename(this.root)}-${++this.#count}`
      spec.linux = { ...spec.linux, cgroupsPath }
      change(spec)
    })
  }

  /** `state` of a container; undefined when there is none. */
  async stateOf(id: string): Promise<{ status: string; pid: number } | undefined> {
    const { stdout, status } = await this.run('state', id)
    return status === 0 ? JSON.parse(stdout) : undefined
  }

  /** Waits for a status. */
  async until(id: string, status: string): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if ((await this.stateOf(id))?.status === status) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error(`${id} does not get ${status}`)
  }

  /** Deletes whatever is left. */
  async remove(): Promise<void> {
    const ids = (await this.ok('list', '-q')).split('\n').filter(id => id !== '')
    for (const id of ids) await this.ok('delete', '--force', id)
    rmSync(this.root, { recursive: true })
    this.bundles.remove()
  }
}
