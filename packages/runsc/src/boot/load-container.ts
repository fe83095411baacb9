// Builds a container from its configuration: files, names, first process, ready to start. (runsc)

import { Errno } from '@tsvisor/abi'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  Container,
  type Kernel,
  PidNamespace,
  type TerminalBridge,
  type UtsNamespace,
} from '@tsvisor/sentry-kernel'
import type { ContainerConfig } from './boot-config.ts'
import { startFailure } from './failure.ts'
import { buildMountTree } from './mount-tree.ts'
import { credentialsOf, limitsOf, tuneTask } from './process-options.ts'
import { connectFiles, type GoferGone } from './remote-files.ts'
import { giveTerminal, hostStdio, hostTerminal } from './stdio.ts'
import { applySysctls } from './sysctl.ts'

export interface LoadOptions {
  readonly kernel: Kernel
  readonly platform: PtracePlatform
  readonly config: ContainerConfig
  /** Connected to its gofer. */
  readonly gofer: number
  /** Host descriptors that become the first process's, or the far side of its terminal. */
  readonly stdio: readonly [number, number, number]
  /** Default: one of its own. */
  readonly pidNamespace?: PidNamespace
  /** Default: the kernel's. */
  readonly uts?: UtsNamespace
  readonly onGone: (error: GoferGone) => void
  readonly warn: (message: string) => void
}

export interface LoadedContainer {
  readonly container: Container
  readonly terminal: TerminalBridge | undefined
  /** When it has stopped and is forgotten: closes the connection to the gofer. */
  readonly closeFiles: () => void
}

/** Errors: BootFailure for what the user can mend. */
export function loadContainer(options: LoadOptions): LoadedContainer {
  const { kernel, platform, config, gofer, stdio, uts, onGone, warn } = options
  const { process: program } = config
  const files = connectFiles(gofer, fd => platform.openHostFile(fd, 'gofer'), {
    onGone,
    ...(config.owners && { owners: config.owners }),
  })
  const pidNamespace = options.pidNamespace ?? new PidNamespace(kernel.rootPidNamespace)
  const mounts = buildMountTree({ kernel, pidNamespace, config, attach: name => files.tree(name) })
  const container = new Container(kernel, {
    ...{ id: config.id, mounts, pidNamespace },
    ...(uts && { uts }),
  })
  container.maxTasks = config.limits?.pids ?? Number.POSITIVE_INFINITY
  container.maxMemory = config.limits?.memoryBytes ?? Number.POSITIVE_INFINITY
  let terminal: TerminalBridge | undefined
  let step: 'chdir' | 'exec' = 'chdir'
  try {
    container.create({
      file: program.args[0]!,
      argv: program.args,
      env: program.env,
      cwd: program.cwd,
      creds: credentialsOf(program),
      limits: limitsOf(program),
      umask: program.user.umask,
      stdio: program.terminal ? [] : hostStdio(kernel, platform, stdio),
      oomScoreAdj: program.oomScoreAdj,
      signals: config.initSignals,
      prepare: task => {
        step = 'exec'
        applySysctls(task, config.sysctl, warn)
        tuneTask(task, program, config)
        if (!program.terminal) return
        const shown = hostTerminal(platform, stdio)
        const given = giveTerminal(task, shown, program.consoleSize, 'console')
        terminal = given.bridge
        container.whenStopped(given.closeWhenDone)
      },
    })
  } catch (error) {
    if (error instanceof Errno) throw startFailure(program, step, error)
    throw error
  }
  return { container, terminal, closeFiles: () => files.close() }
}
