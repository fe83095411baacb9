// Processes that exec adds to a container, from their start to whoever asks how they ended. (runsc)

import { Errno } from '@tsvisor/abi'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import type { Container, ThreadGroup } from '@tsvisor/sentry-kernel'
import type { BootProcess } from './boot-config.ts'
import { joinGroups } from './cgroup-mounts.ts'
import { startFailure } from './failure.ts'
import type { GuestTerminal } from './guest-terminal.ts'
import { withHome } from './home.ts'
import { type HostFds, ProcessFiles } from './process-files.ts'
import { credentialsOf, limitsOf, type Tuning, tuneTask } from './process-options.ts'
import { exitCode } from './status.ts'

/** Exit statuses that are kept for who has not asked yet. */
const MAX_KEPT = 256

/** Hears the exit status; false when there is nobody any more who could use it. */
export type ToldEnd = (status: number) => boolean

/** A process that exec started. */
export class ExecProcess {
  readonly group: ThreadGroup
  /** In the container's PID namespace. */
  readonly pid: number
  readonly terminal: GuestTerminal | undefined
  #status: number | undefined
  readonly #waiters: ToldEnd[] = []

  constructor(group: ThreadGroup, pid: number, terminal: GuestTerminal | undefined) {
    this.group = group
    this.pid = pid
    this.terminal = terminal
  }

  get ended(): boolean {
    return this.#status !== undefined
  }

  /** Calls back with its exit status, at once when it has ended. */
  whenEnded(notify: ToldEnd): void {
    if (this.#status !== undefined) notify(this.#status)
    else this.#waiters.push(notify)
  }

  /** Returns whether anybody was told. */
  end(status: number): boolean {
    this.#status = status
    let told = false
    for (const notify of this.#waiters.splice(0)) told = notify(status) || told
    return told
  }
}

/** Those of one container. */
export class ExecProcesses {
  readonly #container: Container
  readonly #platform: PtracePlatform
  readonly #tuning: Tuning
  readonly #byPid = new Map<number, ExecProcess>()

  constructor(container: Container, platform: PtracePlatform, tuning: Tuning) {
    this.#container = container
    this.#platform = platform
    this.#tuning = tuning
  }

  find(pid: number): ExecProcess | undefined {
    return this.#byPid.get(pid)
  }

  /** Its status has been told. */
  forget({ pid }: ExecProcess): void {
    this.#byPid.delete(pid)
  }

  /** Takes over the descriptors. Errors: BootFailure when it cannot be started. */
  start(program: BootProcess, fds: HostFds): ExecProcess {
    const given = new ProcessFiles(this.#container.kernel, this.#platform, program, fds)
    let step: 'chdir' | 'exec' = 'chdir'
    const env: string[] = []
    try {
      const group = this.#container.exec(
        {
          file: program.args[0]!,
          argv: program.args,
          env,
          cwd: program.cwd,
          creds: credentialsOf(program),
          limits: limitsOf(program),
          umask: program.user.umask,
          stdio: [],
          oomScoreAdj: program.oomScoreAdj,
          prepare: task => {
            joinGroups(task, this.#container, program)
            step = 'exec'
            env.push(...withHome(program.env, task))
            tuneTask(task, program, this.#tuning)
            given.give(task, 'terminal')
          },
        },
        status => this.#ended(started, status),
      )
      const pid = group.leader.pid.in(this.#container.pidNamespace)
      const started = new ExecProcess(group, pid, given.terminal)
      this.#byPid.set(started.pid, started)
      return started
    } catch (error) {
      given.close()
      if (error instanceof Errno) throw startFailure(program, step, error)
      throw error
    }
  }

  #ended(process: ExecProcess, status: number): void {
    const told = process.end(exitCode(status))
    process.terminal?.closeWhenDone()
    if (told) this.forget(process)
    else if (this.#byPid.size > MAX_KEPT) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const process of this.#byPid.values())
      if (process.ended) {
        this.forget(process)
        return
      }
  }
}
