// The process that stands for a detached exec: gets its signals, ends with its status. (runsc)

import { closeSync, readSync, writeSync } from 'node:fs'
import {
  dup3,
  getTermios,
  getWindowSize,
  makeRaw,
  setControllingTerminal,
  setTermios,
} from '@tsvisor/host'
import { encodeFrame, FrameReader } from '../boot/frames.ts'
import { EXIT, Failure } from '../failure.ts'
import type { TerminalSize } from '../sandbox/terminal.ts'
import type { StateStore } from '../state/store.ts'
import { giveConsole } from './console-socket.ts'
import { MONITOR_FD, type MonitorReply, type MonitorRequest } from './exec-monitor-protocol.ts'
import { passFds } from './preserved-fds.ts'
import { runExec } from './run-exec.ts'

/** Returns the exit status. Never fails: what goes wrong is the command's to tell. */
export async function monitorExec(store: StateStore): Promise<number> {
  const request = receive()
  // The command was killed before it said anything.
  if (request === undefined) return EXIT.runtime
  let isStarted = false
  try {
    const { id, process, consoleSocket } = request
    const console =
      consoleSocket === undefined ? undefined : await openConsole(consoleSocket, process)
    return runExec(store, store.read(id), {
      process,
      stdio: STDIO,
      further: passFds({ count: request.preservedFds }, MONITOR_FD + 1),
      patience: 'endless',
      ifPaused: request.ifPaused,
      // It is this process, to whoever looks from the host.
      ifAlone: 'kill',
      ...(console && { size: console.size }),
      onStarted() {
        isStarted = true
        reply({ type: 'started' })
      },
    })
  } catch (error) {
    const exitCode = error instanceof Failure ? error.exitCode : EXIT.runtime
    if (!isStarted) reply({ type: 'failed', message: (error as Error).message, exitCode })
    return exitCode
  }
}

const STDIO = [0, 1, 2] as const

interface Console {
  readonly size: () => TerminalSize | undefined
}

async function openConsole(
  path: string,
  { consoleSize }: MonitorRequest['process'],
): Promise<Console> {
  const slave = giveConsole(path, consoleSize)
  // Those of the command may be read to their end by somebody.
  for (const fd of STDIO) dup3(slave, fd, 0)
  closeSync(slave)
  // This process leads a session of its own: changes of the size come to it as SIGWINCH.
  const [terminal] = STDIO
  setControllingTerminal(terminal)
  setTermios(terminal, makeRaw(getTermios(terminal)), 'now')
  return {
    size() {
      const { rows, columns } = getWindowSize(terminal)
      return { rows, columns }
    },
  }
}

function receive(): MonitorRequest | undefined {
  const frames = new FrameReader()
  const chunk = new Uint8Array(65536)
  for (;;) {
    const length = readSync(MONITOR_FD, chunk)
    if (length === 0) return undefined
    const [request] = frames.push(chunk.subarray(0, length)) as MonitorRequest[]
    if (request) return request
  }
}

/** The last that is said. */
function reply(message: MonitorReply): void {
  try {
    writeSync(MONITOR_FD, encodeFrame(message))
    closeSync(MONITOR_FD)
  } catch {
    // The command was killed; the process is there all the same.
  }
}
