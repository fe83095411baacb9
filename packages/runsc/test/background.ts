// A sandbox in the background, driven through its control sockets. (runsc tests)

import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bindUnix,
  close,
  listen,
  pipeNonblocking,
  SOCK_STREAM,
  socketpair,
  unixSocket,
} from '@tsvisor/host'
import type { BootConfig, BootProcess, ContainerConfig } from '../src/boot/boot-config.ts'
import { encodeFrame } from '../src/boot/frames.ts'
import { loadBundle } from '../src/bundle/load-bundle.ts'
import { planFromBundle } from '../src/container/spec-plan.ts'
import { Channel } from '../src/sandbox/channel.ts'
import { ControlConnection } from '../src/sandbox/control-connection.ts'
import type { Passed } from '../src/sandbox/control-end.ts'
import type { HostProcess } from '../src/sandbox/host-process.ts'
import { killAll } from '../src/sandbox/processes-end.ts'
import { type SandboxProcesses, spawnSandbox } from '../src/sandbox/spawn.ts'
import { startGofer } from '../src/sandbox/start-confined.ts'
import type { GlobalOptions } from '../src/session/global-options.ts'
import { CLI } from './sandbox.ts'

const globals: GlobalOptions = {
  root: '/nowhere',
  logFormat: 'text',
  platform: 'ptrace',
  network: 'none',
  fileAccess: 'exclusive',
}

const planOf = async (bundle: string, id: string) =>
  planFromBundle(await loadBundle(bundle), {
    ...{ id, globals, lifetime: 'detached', startMode: 'create' },
  })

const SELF = { file: process.execPath, args: [CLI] }

/** Sandboxes that are to end with the test. */
const alive = new Set<Background>()
export const endAll = (): void => {
  for (const each of alive) each.end()
}

export class Background {
  readonly directory = mkdtempSync(join(tmpdir(), 'runsc-background-'))
  readonly processes: SandboxProcesses
  /** The connection of whoever started it. */
  readonly command: ControlConnection
  /** The first container's process, for more like it. */
  process!: BootProcess
  readonly log: string[] = []
  readonly #gofers: HostProcess[] = []

  private constructor(stdio: readonly [number, number, number]) {
    this.processes = spawnSandbox({ stdio, log: undefined, self: SELF })
    this.command = new ControlConnection(this.processes.bootControl, {
      onLog: ({ level, message }) => this.log.push(`${level}: ${message}`),
    })
    alive.add(this)
  }

  /** Builds the container of a bundle, and does not start it. */
  static async create(
    bundle: string,
    options: {
      readonly passed?: Passed
      readonly stdio?: [number, number, number]
      readonly change?: Partial<BootConfig>
    } = {},
  ): Promise<Background> {
    const it = new Background(options.stdio ?? [nowhere, nowhere, 2])
    const { boot, gofer } = await planOf(bundle, 'c1')
    it.process = boot.process
    await it.processes.goferControl.send(encodeFrame(gofer))
    const server = unixSocket(SOCK_STREAM)
    try {
      bindUnix(server, join(it.directory, 'control.sock'))
      listen(server, 128)
      await it.command.request(
        { type: 'boot', config: { ...boot, ...options.change } },
        'created',
        {
          server,
          ...options.passed,
        },
      )
    } finally {
      close(server)
    }
    return it
  }

  static async start(...args: Parameters<typeof Background.create>): Promise<Background> {
    const it = await Background.create(...args)
    const client = it.connect()
    await client.request({ type: 'start' }, 'done')
    client.close()
    return it
  }

  connect(): ControlConnection {
    return ControlConnection.open(this.directory)
  }

  /** Runs a shell script by exec; what it printed and its status. */
  async sh(script: string, change: Partial<BootProcess> = {}, container?: string) {
    return this.exec(['sh', '-c', script], change, container)
  }

  async exec(args: readonly string[], change: Partial<BootProcess> = {}, container?: string) {
    const client = this.connect()
    const output = new Pipe()
    try {
      const { pid } = await client.request(
        {
          type: 'exec',
          process: { ...this.process, args, ...change },
          ...(container !== undefined && { container }),
        },
        'started',
        { stdin: nowhere, stdout: output.writer, stderr: output.writer },
      )
      output.closeWriter()
      const { status } = await client.ended()
      return { pid, status, output: await output.text() }
    } finally {
      output.closeWriter()
      client.close()
    }
  }

  /** One more container, not started; its gofer, and its exit status once it has one. */
  async add(bundle: string, id: string, change: Partial<ContainerConfig> = {}) {
    const { boot, gofer: trees } = await planOf(bundle, id)
    const [near, far] = socketpair(SOCK_STREAM)
    const [ours, theirs] = socketpair(SOCK_STREAM)
    const { PATH = '' } = process.env
    const gofer = startGofer({
      file: SELF.file,
      args: [SELF.file, ...SELF.args, 'gofer'],
      env: { PATH, UV_USE_IO_URING: '0' },
      fds: [undefined, undefined, 2, far, theirs],
    })
    this.#gofers.push(gofer)
    for (const fd of [far, theirs]) close(fd)
    const control = new Channel(ours)
    await control.send(encodeFrame(trees))
    const [observer, told] = socketpair(SOCK_STREAM)
    const client = this.connect()
    const exit = new ControlConnection(new Channel(told))
    const exited = exit.ended().then(({ status }) => status)
    exited.catch(() => {})
    try {
      await client.request({ type: 'create', config: { ...boot, ...change } }, 'created', {
        ...{ gofer: near, observer, stdin: nowhere, stdout: nowhere, stderr: nowhere },
      })
    } finally {
      client.close()
      close(near)
      close(observer)
    }
    return { gofer, exited }
  }

  /** The sandbox process's exit status. */
  async exit(): Promise<number | null> {
    const { code } = await this.processes.exits.boot
    return code
  }

  end(): void {
    if (!alive.delete(this)) return
    this.command.close()
    killAll(this.processes)
    for (const gofer of this.#gofers) gofer.killGroup()
    this.processes.goferControl.close()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export const nowhere = openSync('/dev/null', 'r+')

/** What a process in the sandbox writes, for the test to read. */
export class Pipe {
  readonly #reader: number
  readonly writer: number
  #open = true

  constructor() {
    const [reader, writer] = pipeNonblocking()
    this.#reader = reader
    this.writer = writer
  }

  closeWriter(): void {
    if (this.#open) close(this.writer)
    this.#open = false
  }

  /** All of it, up to the end. */
  async text(): Promise<string> {
    const socket = new Socket({ fd: this.#reader, readable: true, writable: false })
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return text
  }

  discard(): void {
    this.closeWriter()
    closeSync(this.#reader)
  }
}
