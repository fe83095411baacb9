// What the attacks are after: files, sockets and a process of the host, made for one run. (runsc tests)

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CAPABILITIES } from '@tsvisor/oci-spec'
import type { Bundles, Change } from '../bundle.ts'
import { CLI, compile } from '../sandbox.ts'

const TOKEN = 'the-host-alone-knows-this'
const TIMEOUT_MS = 110_000
/** Of each process: few enough to be used up. */
const MAX_DESCRIPTORS = 1500

/** A program that gives descriptors to the command after it, and the flags for `run` to pass them on. */
export interface Given {
  readonly giver: readonly string[]
  readonly flags: readonly string[]
}

export class Place {
  /** Of the host alone. */
  readonly home = mkdtempSync(join(tmpdir(), 'runsc-attack-home-'))
  /** The attackers' working directory, writable in the sandbox too. */
  readonly work = mkdtempSync(join(tmpdir(), 'runsc-attack-work-'))
  /** A tree that the sandbox has under the same name, for reading. */
  readonly given = mkdtempSync(join(tmpdir(), 'runsc-attack-given-'))
  readonly secret = join(this.home, 'secret')
  readonly #victim: ChildProcess
  /** Keeps what is found by a number, for as long as its stdin is open. */
  #planter: ChildProcess | undefined
  readonly #servers: Server[] = []
  #port = 0

  private constructor() {
    const { home, work, given, secret } = this
    for (const name of ['secret', 'spare1', 'spare2', 'spare3'])
      writeFileSync(join(home, name), TOKEN)
    for (const name of ['file', 'emptied', 'kept', 'spare1', 'spare2', 'spare3'])
      writeFileSync(join(given, name), TOKEN)
    mkdirSync(join(given, 'empty'))
    writeFileSync(join(home, 'tool'), '#!/bin/sh\nexit 7\n', { mode: 0o755 })
    mkdirSync(join(home, 'empty'))
    symlinkSync('secret', join(home, 'pointer'))
    symlinkSync(secret, join(work, 'planted'))
    symlinkSync(home, join(work, 'planted-directory'))
    const stdin = openSync(secret, 'r')
    this.#victim = spawn('sleep', ['300'], {
      env: { TOKEN },
      stdio: [stdin, 'ignore', 'ignore'],
    })
    closeSync(stdin)
  }

  static async make(): Promise<Place> {
    const place = new Place()
    const { home, work } = place
    for (const path of [`\0${place.#abstract}`, join(home, 'socket'), join(work, 'planted.sock')])
      await place.#listen({ path })
    await place.#listen({ port: 0, host: '0.0.0.0' })
    chmodSync(join(work, 'planted.sock'), 0o777)
    return place
  }

  get pathArguments(): string[] {
    return [this.home, TOKEN, String(this.#victim.pid)]
  }

  get readonlyArguments(): string[] {
    return [TOKEN, this.given]
  }

  get reachArguments(): string[] {
    const pid = this.#victim.pid!
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8')
    const [, top = '0'] = /^\w+-(\w+) rw.*\[stack\]$/m.exec(maps) ?? []
    const writable = (Number.parseInt(top, 16) - 4096).toString(16)
    const address = Object.values(networkInterfaces())
      .flatMap(each => each ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
    return [
      ...[TOKEN, String(pid), writable, this.#abstract, join(this.home, 'socket')],
      ...[address ?? '127.0.0.1', String(this.#port)],
    ]
  }

  /** For `given-sockets.c`. */
  get tokenArguments(): string[] {
    return [TOKEN, '127.0.0.1', String(this.#port)]
  }
  givenSockets(source: string): Given {
    const giver = [compile(source), 'give', this.secret, join(this.work, 'given.sock')]
    return { giver, flags: ['--preserve-fds', '4'] }
  }

  /** Makes what `numbers.c` is after. */
  async plant(source: string): Promise<string[]> {
    const planter = spawn(compile(source), ['plant', this.home, TOKEN], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#planter = planter
    for await (const line of planter.stdout) {
      const numbers = String(line).trim().split(' ')
      return [TOKEN, String(this.#victim.pid), join(this.home, 'made'), ...numbers]
    }
    throw new Error(`${source} could not plant anything`)
  }

  /** All that an attack could have changed, as lines. */
  get state(): string[] {
    const { pid, exitCode, signalCode } = this.#victim
    return [
      `${pid} ${exitCode} ${signalCode}`,
      ...[this.home, this.given].flatMap(directory =>
        readdirSync(directory).map(name => {
          const status = lstatSync(join(directory, name))
          const { mode, uid, gid, size, mtimeMs, ctimeMs, nlink } = status
          return [name, mode, uid, gid, size, mtimeMs, ctimeMs, nlink].join(' ')
        }),
      ),
    ]
  }

  /** Runs an attack as an ordinary program, with the secret as descriptor 9. What it printed. */
  natively(
    source: string,
    args: readonly string[],
    giver: readonly string[] = [],
  ): Promise<string[]> {
    return this.#run([
      ...giver,
      'sh',
      '-c',
      'cd "$1"; shift; exec "$@"',
      'sh',
      this.work,
      compile(source),
      ...args,
    ])
  }

  /** The same in a sandbox, as a root with all capabilities there are. */
  async sandboxed(
    bundles: Bundles,
    source: string,
    args: readonly string[],
    change: Change = () => {},
    { giver, flags }: Given = { giver: [], flags: [] },
  ): Promise<string[]> {
    const program = compile(source)
    const bundle = bundles.make(spec => {
      const bind = { type: 'bind', options: ['bind', 'rw'] }
      spec.mounts = [
        ...(spec.mounts ?? []),
        { ...bind, destination: '/work', source: this.work },
        { ...bind, destination: '/attack', source: program },
        { ...bind, destination: this.given, source: this.given, options: ['bind', 'ro'] },
      ]
      spec.process.args = ['/attack', ...args]
      spec.process.cwd = '/work'
      spec.process.noNewPrivileges = false
      const all = [...CAPABILITIES]
      spec.process.capabilities = {
        bounding: all,
        effective: all,
        permitted: all,
        inheritable: all,
      }
      spec.linux = { ...spec.linux, cgroupsPath: `/${basename(this.work)}` }
      change(spec)
    })
    const lines = await this.#run([...giver, process.execPath, CLI, 'run', ...flags, bundle])
    return lines
  }

  remove(): void {
    this.#victim.kill('SIGKILL')
    this.#planter?.stdin?.end()
    for (const server of this.#servers) server.close()
    for (const directory of [this.home, this.work, this.given])
      rmSync(directory, { recursive: true })
  }

  get #abstract(): string {
    return basename(this.home)
  }

  #run([file = '', ...args]: readonly string[]): Promise<string[]> {
    const script = `ulimit -n ${MAX_DESCRIPTORS}; exec 9<"$0"; exec "$@"`
    const shell = ['-c', script, this.secret, file, ...args]
    return new Promise((resolve, reject) =>
      execFile('sh', shell, { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${error.message}\n${stdout}${stderr}`))
        else resolve(stdout.trimEnd().split('\n'))
      }),
    )
  }

  async #listen(where: { path: string } | { port: number; host: string }): Promise<void> {
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.end(TOKEN)
    })
    this.#servers.push(server)
    await new Promise<void>(resolve => server.listen(where, resolve))
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
  }
}
