// `exec --detach`: one more process of this program stays, and stands for the exec on the host. (runsc)

import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { encodeFrame, FrameReader } from '../boot/frames.ts'
import { Failure } from '../failure.ts'
import { describeExit } from '../sandbox/processes-end.ts'
import type { StateStore } from '../state/store.ts'
import { childExit } from './child-exit.ts'
import { MONITOR_FD, type MonitorReply, type MonitorRequest } from './exec-monitor-protocol.ts'
import { writePidFile } from './pid-file.ts'
import { passFds } from './preserved-fds.ts'

export interface Monitor {
  /** The exit status of what it stands for. */
  readonly ended: Promise<number>
}

/** Returns when the process runs. Errors: Failure. */
export async function execDetached(
  store: StateStore,
  request: MonitorRequest,
  pidFile: string | undefined,
): Promise<Monitor> {
  const self = [...process.execArgv, process.argv[1]!]
  const child = spawn(process.execPath, [...self, '--root', store.root, 'exec-monitor'], {
    // A session of its own, for the terminal.
    detached: true,
    stdio: [0, 1, 2, 'pipe', ...Object.values(passFds({ count: request.preservedFds }))],
  })
  const exit = childExit(child)
  const socket = child.stdio[MONITOR_FD] as Socket
  socket.on('error', () => {})
  socket.write(encodeFrame(request))
  const reply = await replyOf(socket)
  if (reply === undefined) {
    throw new Failure(`the process for exec died unexpectedly (${describeExit(await exit)})`)
  }
  if (reply.type === 'failed') throw new Failure(reply.message, reply.exitCode)
  try {
    if (pidFile !== undefined) writePidFile(pidFile, child.pid!)
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
  const ended = exit.then(({ code }) => code ?? 128)
  return { ended }
}

function replyOf(socket: Socket): Promise<MonitorReply | undefined> {
  const frames = new FrameReader()
  return new Promise(resolve => {
    socket.on('data', (chunk: Buffer) => {
      const [reply] = frames.push(chunk) as MonitorReply[]
      if (reply) resolve(reply)
    })
    socket.on('close', () => resolve(undefined))
  })
}
