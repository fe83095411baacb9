// The containers of a sandbox: found by name, added, forgotten. (runsc)

import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  type Container,
  type Kernel,
  newIpcNamespace,
  type TerminalBridge,
  UtsNamespace,
} from '@tsvisor/sentry-kernel'
import type { BootConfig, ContainerConfig, NamespaceSource } from './boot-config.ts'
import { MESSAGES } from './control.ts'
import { ExecProcesses } from './exec.ts'
import { type LoadOptions, loadContainer } from './load-container.ts'
import { RequestError } from './request-error.ts'

/** A container and what belongs to it outside of the kernel. */
export interface Member {
  readonly config: ContainerConfig
  readonly container: Container
  readonly terminal: TerminalBridge | undefined
  readonly execs: ExecProcesses
  readonly closeFiles: () => void
}

/** What a new container is connected to. */
export type Connections = Pick<LoadOptions, 'gofer' | 'stdio' | 'further' | 'onGone' | 'trace'>

export class Pod {
  readonly kernel: Kernel
  readonly platform: PtracePlatform
  readonly first: Member
  readonly #members = new Map<string, Member>()
  readonly #warn: (message: string) => void

  /** Loads the first container, with whose end the kernel ends. Errors: BootFailure. */
  constructor(
    base: Pick<LoadOptions, 'kernel' | 'platform' | 'warn'>,
    config: BootConfig,
    connections: Connections,
  ) {
    this.kernel = base.kernel
    this.platform = base.platform
    this.#warn = base.warn
    this.first = this.#load(config, connections, {})
    this.kernel.adoptInit(this.first.container.init!)
  }

  /** Without a name: the first. Errors: RequestError. */
  find(id: string | undefined): Member {
    const member = id === undefined ? this.first : this.#members.get(id)
    if (member === undefined) throw new RequestError(MESSAGES.noContainer)
    return member
  }

  /** One more, not started; `connect` is asked when nothing speaks against it. Errors: RequestError, BootFailure. */
  add(config: ContainerConfig, connect: () => Connections): Member {
    if (this.#members.has(config.id)) throw new RequestError(MESSAGES.exists)
    if (this.first.container.init?.ended) throw new RequestError(MESSAGES.notRunning)
    const { pid = 'own', uts = 'sandbox', ipc = 'sandbox' } = config.namespaces ?? {}
    const shared = (source: NamespaceSource) =>
      source === 'own' ? undefined : this.find(source === 'sandbox' ? undefined : source.container)
    const pidNamespace = shared(pid)?.container.pidNamespace
    const namespaces = {
      uts: shared(uts)?.container.namespaces.uts ?? ownUts(config),
      ipc: shared(ipc)?.container.namespaces.ipc ?? newIpcNamespace(this.kernel),
    }
    return this.#load(config, connect(), { namespaces, ...(pidNamespace && { pidNamespace }) })
  }

  /** Errors: RequestError. */
  forget(id: string): void {
    const member = this.find(id)
    if (member === this.first || !member.container.stopped) throw new RequestError(MESSAGES.running)
    this.#members.delete(id)
    member.closeFiles()
  }

  #load(
    config: ContainerConfig,
    connections: Connections,
    shared: Pick<LoadOptions, 'pidNamespace' | 'namespaces'>,
  ): Member {
    const { kernel, platform } = this
    const loaded = loadContainer({
      ...{ kernel, platform, config, warn: this.#warn },
      ...connections,
      ...shared,
    })
    const member = {
      ...loaded,
      config,
      execs: new ExecProcesses(loaded.container, platform, config),
    }
    this.#members.set(config.id, member)
    return member
  }
}

const ownUts = ({ hostname, domainname }: ContainerConfig): UtsNamespace =>
  new UtsNamespace(hostname, ...(domainname !== '' ? [domainname] : []))
