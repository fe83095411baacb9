// The sandbox: a kernel on the ptrace platform, its containers, and whoever asks about them. (runsc)

import { O_NONBLOCK } from '@tsvisor/abi'
import { dup3, getFlags, monotonicNs, pollReadable, setFlags } from '@tsvisor/host'
import {
  hostClock,
  hostRandom,
  PlatformUnsupportedError,
  PtracePlatform,
} from '@tsvisor/platform-ptrace'
import { Kernel, type KernelLog, type TerminalBridge } from '@tsvisor/sentry-kernel'
import type { Debug } from '../debug.ts'
import { endProcess } from '../end-process.ts'
import { type Enclosed, encloseSandbox } from '../walls/sandbox-walls.ts'
import { type BootConfig, SANDBOX_FDS } from './boot-config.ts'
import { ControlPeer } from './control-peer.ts'
import { ControlServer } from './control-server.ts'
import { BootFailure } from './failure.ts'
import { describeMachine, machineOf } from './machine.ts'
import { type Connections, Pod } from './pod.ts'
import type { Numbered } from './process-files.ts'
import type { GoferGone } from './remote/files.ts'
import { leave, obey, obeyFor, type RequestContext } from './requests.ts'
import { type SandboxDebugs, sandboxDebugs, sandboxLog, writeLogLine } from './sandbox-log.ts'
import { takeSignals } from './signals.ts'
import { exitCode } from './status.ts'
import { startWatchdog } from './watchdog.ts'

/** How long clients get to take the last messages, in milliseconds. */
const FAREWELL_MS = 1000
const RETRY_NS = 100e6
/** Signals and sizes, bytes. */
const MAX_OBSERVER_FRAME = 4096
const PAUSE_MS = 5

export interface SandboxOptions {
  readonly config: BootConfig
  /** To the command that started this process. */
  readonly command: ControlPeer
  /** The listening socket. */
  readonly server: number | undefined
  /** The controlling terminal of this process, which shows the first container's. */
  readonly screen: number | undefined
  /** Descriptors for the first container's process beside stdio. */
  readonly further: readonly Numbered[]
}

/**
 * Runs the sandbox to its end. Returns the exit status of its first container, as a shell would say it.
 * Errors: BootFailure for what the user can mend.
 */
export function runSandbox(options: SandboxOptions): number {
  const { lifetime } = options.config
  const debugs = sandboxDebugs()
  const enclosed = encloseSandbox({
    ...{ lifetime, newPlatform: () => newPlatform(debugs.platform) },
    streams: [0, 1, 2, ...options.further.map(([, fd]) => fd)],
  })
  const { missing } = enclosed
  if (missing.length > 0 && options.config.walls === 'required')
    throw new BootFailure(`--walls required: ${missing.join('; ')}`)
  for (const message of missing) options.command.send({ type: 'log', level: 'warning', message })
  try {
    return new Sandbox(enclosed, options, debugs).run()
  } finally {
    enclosed.platform.shutdown()
  }
}

function newPlatform(debug: Debug | undefined): PtracePlatform {
  try {
    return new PtracePlatform(debug && { debug })
  } catch (error) {
    if (error instanceof PlatformUnsupportedError) throw new BootFailure(error.message)
    throw error
  }
}

class Sandbox {
  readonly #platform: PtracePlatform
  readonly #config: BootConfig
  readonly #command: ControlPeer
  readonly #kernel: Kernel
  readonly #log: KernelLog
  readonly #pod: Pod
  readonly #server: ControlServer | undefined
  readonly #debugs: SandboxDebugs

  constructor(
    { platform, machine }: Enclosed<PtracePlatform>,
    { config, command, server, screen, further }: SandboxOptions,
    debugs: SandboxDebugs,
  ) {
    this.#debugs = debugs
    this.#platform = platform
    this.#config = config
    this.#command = command
    this.#log = sandboxLog(config.log, command, debugs.kernel)
    const kernel = new Kernel({
      platform,
      clock: hostClock,
      random: hostRandom,
      log: this.#log,
      hostname: config.hostname,
      ...(config.domainname !== '' && { domainname: config.domainname }),
      ...machineOf(config, machine),
    })
    describeMachine(kernel, config)
    this.#kernel = kernel
    this.#startWatchdog()
    if (config.log.strace) kernel.strace = writeLogLine
    const warn = (message: string) => command.send({ type: 'log', level: 'warning', message })
    const connections: Connections = {
      gofer: SANDBOX_FDS.gofer,
      stdio: [0, 1, 2],
      further,
      onGone: error => this.#withoutFiles(error),
      ...(debugs['9p'] && { trace: debugs['9p'] }),
    }
    this.#pod = new Pod({ kernel, platform, warn }, config, connections)
    // The guest's from now on: when it closes that, whoever reads it sees the end. 0 and 1 are taken.
    if (config.lifetime === 'detached') dup3(1, 2, 0)
    // Attached, the command notices first, and knows how the gofer ended.
    if (config.lifetime === 'detached')
      platform.watchHangup(SANDBOX_FDS.gofer, () =>
        this.#withoutFiles({ message: 'the gofer is gone' }),
      )
    takeSignals(platform, this.#pod, screen)
    this.#server = server === undefined ? undefined : this.#listen(server)
    this.#serve(command, () => {
      // The command is gone, and with it everybody who could want the result.
      if (config.lifetime === 'attached') endProcess(128)
    })
  }

  run(): number {
    const { first } = this.#pod
    if (this.#config.startMode === 'create') this.#command.send({ type: 'created' })
    else {
      first.container.start()
      this.#command.send({ type: 'started' })
    }
    const { status, message } = this.#kernel.run()
    if (first.terminal) drain(first.terminal)
    for (const peer of this.#server?.peers ?? []) peer.flush(FAREWELL_MS)
    if (message !== undefined) throw new BootFailure(message)
    return exitCode(status)
  }

  #listen(fd: number): ControlServer {
    setFlags(fd, getFlags(fd) | O_NONBLOCK)
    const server = new ControlServer(fd, {
      onClient: peer => this.#serve(peer, () => server.peers.delete(peer)),
      retry: step =>
        void this.#kernel.timers.add(this.#kernel.clock.monotonicNs() + RETRY_NS, step),
    })
    this.#platform.watch(fd, () => server.acceptAll())
    return server
  }

  #serve(peer: ControlPeer, onClosed: () => void, handle = obey): void {
    const context: RequestContext = {
      ...{ pod: this.#pod, log: this.#log, peer, debug: this.#debugs.sandbox },
      attend: (fd, id) => this.#attend(fd, id),
      ...{ exec: undefined, ifAlone: undefined },
      waits: false,
    }
    peer.serve((fd, notify) => this.#platform.watch(fd, notify), {
      onRequest: (request, passed) => handle(request, context, passed),
      onClosed() {
        leave(context)
        onClosed()
      },
      later: step => void this.#kernel.timers.add(0, step),
    })
  }

  #startWatchdog(): void {
    const panic = (message: string) => this.#end({ message })
    try {
      startWatchdog({
        ...{ platform: this.#platform, kernel: this.#kernel, panic },
        ...this.#config.watchdog,
      })
    } catch (error) {
      this.#log.warn(`no watchdog: ${(error as Error).message}`)
    }
  }

  #attend(fd: number, id: string): ControlPeer {
    const observer = new ControlPeer(fd, MAX_OBSERVER_FRAME)
    this.#serve(observer, () => {}, obeyFor(id))
    return observer
  }

  #withoutFiles({ message }: Pick<GoferGone, 'message'>): never {
    this.#log.warn(message)
    this.#end({ message, lost: 'gofer' })
  }

  /** Whatever the kernel is doing for whom, the sandbox ends here. */
  #end(reason: { readonly message: string; readonly lost?: 'gofer' }): never {
    this.#command.send({ type: 'fatal', status: 128, ...reason })
    this.#command.flush(FAREWELL_MS)
    this.#platform.shutdown()
    endProcess(128)
  }
}

/** The last of what the guest wrote to its terminal, unless nobody reads it. */
function drain(terminal: TerminalBridge): void {
  const end = monotonicNs() + FAREWELL_MS * 1e6
  while (!terminal.drained && monotonicNs() < end) {
    pollReadable([], PAUSE_MS)
    terminal.pump()
  }
}
