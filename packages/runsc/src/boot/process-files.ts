// The descriptors that a process from outside starts with: host files and sockets, or a guest terminal. (runsc)

import { fstat, getFlags } from '@tsvisor/host'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  type FileDescription,
  type HostSocket,
  HostStreamSocket,
  type Kernel,
  openHostFile,
  type Task,
} from '@tsvisor/sentry-kernel'
import type { BootProcess } from './boot-config.ts'
import {
  type GuestTerminal,
  giveTerminal,
  type HostTerminal,
  hostTerminal,
} from './guest-terminal.ts'

/** A descriptor of the host, and the number that the process has it under: 3 or higher. */
export type Numbered = readonly [number: number, fd: number]

interface PassedSocket {
  readonly socket: HostSocket
  /** As F_GETFL told before it was taken over. */
  readonly flags: number
}

export interface HostFds {
  /** They become its 0, 1 and 2, or are the far side of its terminal. */
  readonly stdio: readonly [number, number, number]
  readonly further: readonly Numbered[]
}

/** Owns descriptors until a process has them. */
export class ProcessFiles {
  readonly #program: BootProcess
  readonly #files = new Map<number, FileDescription>()
  readonly #sockets = new Map<number, PassedSocket>()
  readonly #shown: HostTerminal | undefined
  #terminal: GuestTerminal | undefined
  #isGiven = false

  /** Takes over the descriptors. */
  constructor(
    kernel: Kernel,
    platform: PtracePlatform,
    program: BootProcess,
    { stdio, further }: HostFds,
  ) {
    const open = ([number, fd]: Numbered) =>
      void this.#files.set(number, openFile(kernel, platform, number, fd))
    this.#program = program
    if (program.terminal) this.#shown = hostTerminal(platform, stdio)
    else for (const entry of stdio.entries()) open(entry)
    for (const [number, fd] of further) {
      const flags = getFlags(fd)
      const socket = platform.openHostSocket(fd)
      if (socket) this.#sockets.set(number, { socket, flags })
      else open([number, fd])
    }
  }

  /** There when it has been given one. */
  get terminal(): GuestTerminal | undefined {
    return this.#terminal
  }

  give(task: Task, use: 'console' | 'terminal'): void {
    this.#isGiven = true
    for (const [number, file] of this.#files) task.fds.replace(number, file, false)
    for (const [number, { socket, flags }] of this.#sockets)
      task.fds.replace(number, new HostStreamSocket(task, socket, flags), false)
    if (this.#shown)
      this.#terminal = giveTerminal(task, this.#shown, this.#program.consoleSize, use)
  }

  /** When there will be no process after all. */
  close(): void {
    if (!this.#isGiven) {
      for (const file of this.#files.values()) file.release()
      for (const { socket } of this.#sockets.values()) socket.close()
    }
    if (this.#terminal) this.#terminal.closeWhenDone()
    else if (this.#shown) for (const file of [this.#shown.input, this.#shown.output]) file.close()
  }
}

function openFile(
  kernel: Kernel,
  platform: PtracePlatform,
  number: number,
  fd: number,
): FileDescription {
  const { mode, rdev, uid, gid } = fstat(fd)
  const flags = getFlags(fd)
  const file = platform.openHostFile(fd, `descriptor ${number}`)
  return openHostFile(kernel, file, { mode, rdev, uid, gid }, flags)
}
