// `runsc gofer`: the process that opens host files, from its entry to the sandbox's end. (runsc)

import { writeSync } from 'node:fs'
import { SIGKILL } from '@tsvisor/abi'
import { serve } from '@tsvisor/gofer'
import { close, dieWithParent, dup3, pollReadable, recvmsg } from '@tsvisor/host'
import { FrameReader } from '../boot/frames.ts'
import { debugOf } from '../debug.ts'
import { endProcess } from '../end-process.ts'
import { encloseGofer } from '../walls/gofer-walls.ts'
import { UNCONFINED } from '../walls/unconfined.ts'
import { GOFER_FDS, type GoferConfig } from './gofer-config.ts'
import { StandIn } from './stand-in.ts'

/** What Node has opened in place of a standard output that is closed. */
const NOWHERE = 1

export function main(): void {
  try {
    const received = receiveConfig()
    endProcess(received === undefined ? 0 : serveTrees(received))
  } catch (error) {
    writeSync(2, `runsc: gofer: ${(error as Error).message}\n`)
    endProcess(1)
  }
}

interface Received {
  readonly config: GoferConfig
  /** A terminal for what stands for a container; else the trees, if hooks have mounted anything in them. */
  readonly fds: readonly number[]
}

/** Returns the exit status when the sandbox process, or the container in it, has gone. */
function serveTrees({ config, fds }: Received): number {
  const { lifetime, trees, walls, standsFor } = config
  if (lifetime === 'attached') {
    dieWithParent(SIGKILL)
    // The command may have died before that call; it sends nothing more, so this is its end.
    if (standsFor === undefined && pollReadable([GOFER_FDS.control], 0) !== -1) return 0
  }
  const standIn = standsFor && new StandIn(GOFER_FDS.control, fds[0])
  if (standIn === undefined) close(GOFER_FDS.control)
  const debug = debugOf('gofer', STDERR)
  const reason = process.env[UNCONFINED]
  const {
    trees: served,
    seal,
    missing,
  } = encloseGofer(trees, process.pid === 1 ? 'own' : 'none', standsFor === undefined ? fds : [])
  const lacks =
    reason === undefined
      ? missing
      : [`the gofer has no namespaces of its own: ${reason}`, ...missing]
  if (walls === 'required' && lacks.length > 0)
    throw new Error(`--walls required: ${lacks.join('; ')}`)
  for (const message of lacks) complain(message)
  for (const { attach, path, access } of trees) debug?.(`serves ${attach}: ${path} to ${access}`)
  // Whoever reads what the command printed must not have to wait for the container's end.
  if (config.lifetime === 'detached') dup3(NOWHERE, 2, 0)
  serve({
    connections: [GOFER_FDS.connection],
    exports: served,
    onReady: seal,
    ...(debug && { trace: debug }),
    ...(standIn && { also: standIn.source }),
  })
  return standIn?.end() ?? 0
}

const STDERR = 2
const complain = (message: string): void => void writeSync(2, `runsc: warning: ${message}\n`)

/** Waits for the configuration; undefined when the command went away without sending one. */
function receiveConfig(): Received | undefined {
  const frames = new FrameReader()
  const chunk = new Uint8Array(65536)
  const fds: number[] = []
  for (;;) {
    const length = recvmsg(GOFER_FDS.control, chunk, fds, 0)
    if (length === 0) return undefined
    const [config] = frames.push(chunk.subarray(0, length)) as GoferConfig[]
    if (config) return { config, fds }
  }
}
