// Builds a container from its configuration: files, names, first process, ready to start. (runsc)

import { Errno } from '@tsvisor/abi'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  Container,
  ControlGroups,
  type Kernel,
  type NsProxy,
  PidNamespace,
  type TerminalBridge,
} from '@tsvisor/sentry-kernel'
import type { ContainerConfig } from './boot-config.ts'
import { startFailure } from './failure.ts'
import { withHome } from './home.ts'
import { buildMountTree } from './mount-tree.ts'
import { type HostFds, ProcessFiles } from './process-files.ts'
import { credentialsOf, limitsOf, tuneTask } from './process-options.ts'
import { connectFiles, type GoferGone } from './remote/files.ts'
import { applySysctls } from './sysctl.ts'

/** The descriptors are the first process's. */
export interface LoadOptions extends HostFds {
  readonly kernel: Kernel
  readonly platform: PtracePlatform
  readonly config: ContainerConfig
  /** Connected to its gofer. */
  readonly gofer: number
  /** Default: one of its own. */
  readonly pidNamespace?: PidNamespace
  /** Default: the kernel's. */
  readonly namespaces?: Partial<NsProxy>
  readonly onGone: (error: GoferGone) => void
  readonly warn: (message: string) => void
  /** Gets every message to and from the gofer as text. */
  readonly trace?: (line: string) => void
}

export interface LoadedContainer {
  readonly container: Container
  readonly terminal: TerminalBridge | undefined
  /** When it has stopped and is forgotten: closes the connection to the gofer. */
  readonly closeFiles: () => void
}

/** Errors: BootFailure for what the user can mend. */
export function loadContainer(options: LoadOptions): LoadedContainer {
  const { kernel, platform, config, gofer, onGone } = options
  const given = new ProcessFiles(kernel, platform, config.process, options)
  try {
    const files = connectFiles(gofer, fd => platform.openHostFile(fd, 'gofer'), {
      onGone,
      ...(config.owners && { owners: config.owners }),
      ...(options.trace && { trace: options.trace }),
    })
    const pidNamespace = options.pidNamespace ?? new PidNamespace(kernel.rootPidNamespace)
    const attach = (name: string) => files.tree(name)
    const groups = new ControlGroups(config.cgroups)
    const mounts = buildMountTree({ kernel, pidNamespace, groups, config, attach })
    const { namespaces } = options
    const container = new Container(kernel, {
      ...{ id: config.id, mounts, pidNamespace, controlGroups: groups },
      ...(namespaces && { namespaces }),
    })
    container.deviceRules = config.deviceRules ?? []
    container.maxTasks = config.limits?.pids ?? Number.POSITIVE_INFINITY
    container.maxMemory = config.limits?.memoryBytes ?? Number.POSITIVE_INFINITY
    loadProgram(container, given, options)
    const { terminal } = given
    if (terminal) container.whenStopped(terminal.closeWhenDone)
    return { container, terminal: terminal?.bridge, closeFiles: () => files.close() }
  } catch (error) {
    given.close()
    throw error
  }
}

function loadProgram(container: Container, given: ProcessFiles, options: LoadOptions): void {
  const { config, warn } = options
  const { process: program } = config
  let step: 'chdir' | 'exec' = 'chdir'
  const env: string[] = []
  try {
    container.create({
      file: program.args[0]!,
      argv: program.args,
      env,
      cwd: program.cwd,
      creds: credentialsOf(program),
      limits: limitsOf(program),
      umask: program.user.umask,
      stdio: [],
      oomScoreAdj: program.oomScoreAdj,
      signals: config.initSignals,
      prepare: task => {
        step = 'exec'
        env.push(...withHome(program.env, task))
        applySysctls(task, config.sysctl, warn)
        tuneTask(task, program, config)
        given.give(task, 'console')
      },
    })
  } catch (error) {
    if (error instanceof Errno) throw startFailure(program, step, error)
    throw error
  }
}
