// The sandbox: a kernel on the ptrace platform with the container's files and its first process. (runsc)

import { Errno, POLLIN, SIGKILL } from '@tsvisor/abi'
import { poll1 } from '@tsvisor/host'
import {
  hostClock,
  hostRandom,
  PlatformUnsupportedError,
  PtracePlatform,
} from '@tsvisor/platform-ptrace'
import { Kernel, type TerminalBridge } from '@tsvisor/sentry-kernel'
import { encloseSandbox } from '../walls/sandbox-walls.ts'
import { type BootConfig, SANDBOX_FDS } from './boot-config.ts'
import type { ControlRequest } from './control.ts'
import type { ControlChannel } from './control-channel.ts'
import { BootFailure, startFailure } from './failure.ts'
import { buildMountTree } from './mount-tree.ts'
import { credentialsOf, limitsOf } from './process-options.ts'
import { connectFiles, type GoferGone } from './remote-files.ts'
import { sandboxLog, writeLogLine } from './sandbox-log.ts'
import { giveTerminal, hostStdio } from './stdio.ts'
import { applySysctls } from './sysctl.ts'

/**
 * Runs the container to its end. Returns the exit status as a shell would say it.
 * Errors: BootFailure for what the user can mend.
 */
export function runSandbox(config: BootConfig, control: ControlChannel): number {
  const { platform, machine, missing } = encloseSandbox({ lifetime: config.lifetime, newPlatform })
  for (const message of missing) control.send({ type: 'log', level: 'warning', message })
  // Without files nothing goes on: whatever the kernel is doing for whom, the container ends here.
  const onGone = (error: GoferGone): never => {
    control.send({ type: 'fatal', message: error.message, status: 128 })
    platform.shutdown()
    process.exit(128)
  }
  try {
    const kernel = new Kernel({
      platform,
      clock: hostClock,
      random: hostRandom,
      log: sandboxLog(config.log, control),
      hostname: config.hostname,
      ...(config.domainname !== '' && { domainname: config.domainname }),
      ...machine,
    })
    if (config.log.strace) kernel.strace = writeLogLine
    const warn = (message: string) => control.send({ type: 'log', level: 'warning', message })
    const terminal = startInit({ kernel, platform, config, onGone, warn })
    platform.poller.watch(control.fd, () => {
      // Readiness to be written to wakes this up as well.
      if (poll1(control.fd, POLLIN, 0) === 0) return
      for (const request of control.drain()) obey(request, kernel, terminal)
      // The command is gone, and with it everybody who could want the result.
      if (control.isClosed && config.lifetime === 'attached') process.exit(128)
    })
    control.send({ type: 'started' })
    const { status, message } = kernel.run()
    if (message !== undefined) throw new BootFailure(message)
    return status & 0x7f ? 128 + (status & 0x7f) : (status >> 8) & 0xff
  } finally {
    platform.shutdown()
  }
}

function newPlatform(): PtracePlatform {
  try {
    return new PtracePlatform()
  } catch (error) {
    if (error instanceof PlatformUnsupportedError) throw new BootFailure(error.message)
    throw error
  }
}

interface InitOptions {
  readonly kernel: Kernel
  readonly platform: PtracePlatform
  readonly config: BootConfig
  readonly onGone: (error: GoferGone) => never
  readonly warn: (message: string) => void
}

function startInit(options: InitOptions): TerminalBridge | undefined {
  const { kernel, platform, config, onGone, warn } = options
  const { process: program } = config
  const files = connectFiles(SANDBOX_FDS.gofer, fd => platform.openHostFile(fd, 'gofer'), {
    onGone,
    ...(config.owners && { owners: config.owners }),
  })
  const mounts = buildMountTree({ kernel, config, attach: name => files.tree(name) })
  let terminal: TerminalBridge | undefined
  let step: 'chdir' | 'exec' = 'chdir'
  try {
    kernel.createInit({
      file: program.args[0]!,
      argv: program.args,
      env: program.env,
      cwd: program.cwd,
      creds: credentialsOf(program),
      limits: limitsOf(program),
      mounts,
      umask: program.user.umask,
      stdio: program.terminal ? [] : hostStdio(kernel, platform),
      oomScoreAdj: program.oomScoreAdj,
      signals: config.initSignals,
      prepare: task => {
        step = 'exec'
        applySysctls(task, config.sysctl, warn)
        if (program.terminal) terminal = giveTerminal(task, platform, program.consoleSize)
      },
    })
  } catch (error) {
    if (error instanceof Errno) throw startFailure(program, step, error)
    throw error
  }
  return terminal
}

/** The command is trusted, but speaks through a socket: what is no request is ignored. */
function obey(request: ControlRequest, kernel: Kernel, terminal: TerminalBridge | undefined): void {
  switch (request.type) {
    case 'signal':
      if (request.target === 'init') kernel.foregroundSignal(kernel.init!, request.signo)
      else
        for (const group of kernel.rootPidNamespace.groups())
          kernel.foregroundSignal(group, request.signo)
      break
    case 'winsize':
      terminal?.resize(request.rows, request.columns)
      break
    case 'terminate':
      kernel.sendSignalToInit(SIGKILL)
      break
  }
}
