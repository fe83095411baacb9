// Starts the sandbox process and the gofer, connected to each other and to this process. (runsc)
//
//   command ──control── sandbox process ──9P── gofer ──control── command
//
// Both are this same program with another verb, and each leads a session of its own: what the
// terminal sends to the foreground group reaches only the command, which decides.

import { close, SOCK_STREAM, socketpair } from '@tsvisor/host'
import { SANDBOX_FDS } from '../boot/boot-config.ts'
import { GOFER_FDS } from '../gofer/gofer-config.ts'
import { inheritedFlags } from '../start/node-flags.ts'
import { Channel } from './channel.ts'
import type { Exit, HostProcess } from './host-process.ts'
import { startGofer, startSandbox } from './start-confined.ts'

/** How to run a part of this program: the executable and the arguments before the verb. */
export interface SelfCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** This very program, however it was started, for the processes of a sandbox. */
const thisProgram = (): SelfCommand => ({
  file: process.execPath,
  args: [...inheritedFlags(), process.argv[1]!],
})

export interface SandboxProcesses {
  readonly boot: HostProcess
  readonly gofer: HostProcess
  readonly exits: Readonly<Record<'boot' | 'gofer', Promise<Exit>>>
  readonly bootControl: Channel
  readonly goferControl: Channel
}

/** As records of containers name them. */
export const pidsOf = ({ boot, gofer }: SandboxProcesses): { process: number; gofer: number } => ({
  process: boot.pid,
  gofer: gofer.pid,
})

export interface SpawnSandboxOptions {
  /** Host fds that become 0, 1 and 2 of the sandbox process. */
  readonly stdio: readonly [number, number, number]
  /** Host fd of the debug log. */
  readonly log: number | undefined
  /** A network namespace for the sandbox process; default: a new one. */
  readonly network?: number
  readonly self?: SelfCommand
}

/** The sandbox process, which takes twice as long to be ready as its gofer: it starts first. */
export interface StartedSandbox {
  /** Of the sandbox process. */
  readonly pid: number
  /** Starts the gofer. Call this or `abandon`, once. Throws Errno, and then nothing is left. */
  complete(): SandboxProcesses
  abandon(): void
  /** Whether the sandbox process has said anything. */
  hasSpoken(): boolean
}

/** Both processes run when this returns, and wait for their configuration. Throws Errno. */
export const spawnSandbox = (options: SpawnSandboxOptions): SandboxProcesses =>
  startSandboxFirst(options).complete()

/** Throws Errno. */
export function startSandboxFirst(options: SpawnSandboxOptions): StartedSandbox {
  const { file, args } = options.self ?? thisProgram()
  const open = new Set<number>()
  const pair = (): [number, number] => {
    const ends = socketpair(SOCK_STREAM)
    for (const fd of ends) open.add(fd)
    return ends
  }
  const closeRest = () => {
    for (const fd of open) close(fd)
    open.clear()
  }
  try {
    const [ours, bootEnd] = pair()
    const [sandboxEnd, servingEnd] = pair()
    const fds: (number | undefined)[] = [...options.stdio]
    fds[SANDBOX_FDS.control] = bootEnd
    fds[SANDBOX_FDS.gofer] = sandboxEnd
    fds[SANDBOX_FDS.log] = options.log
    const part = {
      file,
      args: [file, ...SANDBOX_ENGINE, ...args, 'boot'],
      env: environment(tunables(WITHOUT_RSEQ, KEEPING_MEMORY, HUGE_PAGES)),
      fds,
    }
    const boot = startSandbox(part, options.network)
    let control: Channel | undefined
    const abandon = () => {
      boot.killGroup()
      closeRest()
    }
    const complete = (): SandboxProcesses => {
      try {
        const [ourGofer, goferEnd] = pair()
        const gofer = startGoferOn({ file, args }, servingEnd, goferEnd)
        for (const fd of [ours, ourGofer]) open.delete(fd)
        closeRest()
        const exits = { boot: boot.exit, gofer: gofer.exit }
        control = new Channel(ours)
        return { boot, gofer, exits, bootControl: control, goferControl: new Channel(ourGofer) }
      } catch (error) {
        abandon()
        throw error
      }
    }
    return { pid: boot.pid, complete, abandon, hasSpoken: () => control?.hasHeard === true }
  } catch (error) {
    closeRest()
    throw error
  }
}

/** A gofer alone, for one more container of a sandbox that runs. */
export interface LoneGofer {
  readonly process: HostProcess
  /** For the sandbox process: 9P2000.L. The caller's to close, as is the other one. */
  readonly connection: number
  /** Takes the configuration first; what is said after that is the sandbox process's to say. */
  readonly control: number
}

/** Throws Errno. */
export function spawnGofer(): LoneGofer {
  const [connection, servingEnd] = socketpair(SOCK_STREAM)
  const [control, goferEnd] = socketpair(SOCK_STREAM)
  try {
    return { process: startGoferOn(thisProgram(), servingEnd, goferEnd), connection, control }
  } catch (error) {
    for (const fd of [connection, control]) close(fd)
    throw error
  } finally {
    for (const fd of [servingEnd, goferEnd]) close(fd)
  }
}

function startGoferOn(
  { file, args }: SelfCommand,
  connection: number,
  control: number,
): HostProcess {
  const fds: (number | undefined)[] = [undefined, undefined, 2]
  fds[GOFER_FDS.connection] = connection
  fds[GOFER_FDS.control] = control
  return startGofer({
    file,
    args: [file, ...GOFER_ENGINE, ...args, 'gofer'],
    env: environment(tunables(KEEPING_MEMORY)),
    fds,
  })
}

/** One helper thread: four only get in each other's way while three processes start on a few CPUs. */
const ENGINE = ['--v8-pool-size=1']

/**
 * A nursery of 5 MB, five times the default: what is made at the start stays, each collection would copy it,
 * and a short program has ended before the first one.
 */
const SANDBOX_ENGINE = [...ENGINE, '--min-semi-space-size=5']

/**
 * No quick compiler between interpreter and optimiser: the little that a gofer runs is one or the other's.
 * A nursery that holds its start.
 */
const GOFER_ENGINE = [...ENGINE, '--no-sparkplug', '--min-semi-space-size=2']

/**
 * glibc registers an rseq area per thread; the processes that hold guest memory are clones of the
 * sandbox process, unmap it, and would die of it.
 */
const WITHOUT_RSEQ = 'glibc.pthread.rseq=0'

/**
 * V8's compilers take and free some hundred KB for a function. glibc would give that back to the host each
 * time, and fresh pages cost more than compiling: the first calls of a kind would take a third longer.
 */
const KEEPING_MEMORY = 'glibc.malloc.trim_threshold=8388608:glibc.malloc.mmap_threshold=4194304'

/**
 * Each page of the heap that is touched first costs a fault, and a start is mostly that: huge pages, if the
 * host gives them to those who ask. The heap grows by twice that size, so that some fit; one heap for all
 * threads, as each would hold some.
 */
const HUGE_PAGES = [
  'glibc.malloc.hugetlb=1',
  'glibc.malloc.top_pad=4325376',
  'glibc.malloc.arena_max=1',
].join(':')

/** Beside what the user set; of two of a name the last one counts. */
const tunables = (...own: readonly string[]) => ({
  GLIBC_TUNABLES: [process.env['GLIBC_TUNABLES'], ...own].filter(Boolean).join(':'),
})

/** The user's environment is the guest's affair; these processes get what starting them needs. */
function environment(extra: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'RUNSC_TRAINING', 'DEBUG']) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  // io_uring makes calls that no filter sees.
  return { ...kept, UV_USE_IO_URING: '0', ...extra }
}
