// Starts the sandbox process and the gofer, connected to each other and to this process. (runsc)
//
//   command ──control── sandbox process ──9P── gofer ──control── command
//
// Both are this same program with another verb, and each leads a session of its own: what the
// terminal sends to the foreground group reaches only the command, which decides.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { SANDBOX_FDS } from '../boot/boot-config.ts'
import { GOFER_FDS } from '../gofer/gofer-config.ts'
import { exitOf } from './processes-end.ts'

/** How to run a part of this program: the executable and the arguments before the verb. */
export interface SelfCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** This very program, however it was started. */
export const thisProgram = (): SelfCommand => ({
  file: process.execPath,
  args: [...process.execArgv, process.argv[1]!],
})

export interface SandboxProcesses {
  readonly boot: ChildProcess
  readonly gofer: ChildProcess
  readonly exits: Readonly<Record<'boot' | 'gofer', ReturnType<typeof exitOf>>>
  readonly bootControl: Socket
  readonly goferControl: Socket
}

export interface SpawnSandboxOptions {
  /** Host fds that become 0, 1 and 2 of the sandbox process. */
  readonly stdio: readonly [number, number, number]
  /** Host fd of the debug log. */
  readonly log: number | undefined
  readonly self?: SelfCommand
}

/** Both processes run when this returns, and wait for their configuration. */
export function spawnSandbox(options: SpawnSandboxOptions): SandboxProcesses {
  const { file, args } = options.self ?? thisProgram()
  const boot = spawn(file, [...args, 'boot'], {
    ...ISOLATED,
    stdio: [...options.stdio, 'pipe', 'pipe', options.log ?? 'ignore'],
    env: environment({ GLIBC_TUNABLES: withoutRseq(process.env['GLIBC_TUNABLES']) }),
  })
  const connection = boot.stdio[SANDBOX_FDS.gofer] as Socket
  // libuv made its end non-blocking, and that belongs to the socket, not to the descriptor: the
  // gofer would inherit it.
  setBlocking(connection)
  const gofer = spawn(file, [...args, 'gofer'], {
    ...ISOLATED,
    stdio: ['ignore', 'ignore', 2, connection, 'pipe'],
    env: environment({}),
  })
  // Nothing has read from it: that would happen in the event loop.
  connection.destroy()
  const bootControl = boot.stdio[SANDBOX_FDS.control] as Socket
  const goferControl = gofer.stdio[GOFER_FDS.control] as Socket
  for (const socket of [bootControl, goferControl, connection]) {
    // A peer that died shows in its exit; a write that fails because of it adds nothing.
    socket.on('error', () => {})
  }
  const exits = { boot: exitOf(boot), gofer: exitOf(gofer) }
  return { boot, gofer, exits, bootControl, goferControl }
}

const ISOLATED = { detached: true } as const satisfies SpawnOptions

/**
 * glibc registers an rseq area per thread; the processes that hold guest memory are clones of the
 * sandbox process, unmap it, and would die of it.
 */
function withoutRseq(tunables: string | undefined): string {
  const off = 'glibc.pthread.rseq=0'
  return tunables ? `${tunables}:${off}` : off
}

/** The user's environment is the guest's affair; these processes get what starting them needs. */
function environment(extra: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'RUNSC_TRAINING']) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return { ...kept, ...extra }
}

function setBlocking(socket: Socket): void {
  const { _handle: handle } = socket as Socket & {
    _handle?: { setBlocking?: (value: boolean) => number }
  }
  handle?.setBlocking?.(true)
}
