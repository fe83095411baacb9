// `runsc gofer`: the process that opens host files, from its entry to the sandbox's end. (runsc)

import { readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { serve } from '@tsvisor/gofer'
import { close, dieWithParent, pollReadable } from '@tsvisor/host'
import { FrameReader } from '../boot/frames.ts'
import { encloseGofer } from '../walls/gofer-walls.ts'
import { UNCONFINED } from '../walls/unconfined.ts'
import { GOFER_FDS, type GoferConfig } from './gofer-config.ts'

export function main(): void {
  try {
    const config = receiveConfig()
    if (config !== undefined) serveTrees(config)
    process.exit(0)
  } catch (error) {
    writeSync(2, `runsc: gofer: ${(error as Error).message}\n`)
    process.exit(1)
  }
}

/** Returns when the sandbox process has gone. */
function serveTrees({ lifetime, trees }: GoferConfig): void {
  if (lifetime === 'attached') {
    dieWithParent(constants.signals.SIGKILL)
    // The command may have died before that call; it sends nothing more, so this is its end.
    if (pollReadable([GOFER_FDS.control], 0) !== -1) return
  }
  close(GOFER_FDS.control)
  const reason = process.env[UNCONFINED]
  const { trees: served, seal, missing } = encloseGofer(trees, process.pid === 1 ? 'own' : 'none')
  if (reason !== undefined) complain(`the gofer has no namespaces of its own: ${reason}`)
  for (const message of missing) complain(message)
  serve({ connections: [GOFER_FDS.connection], exports: served, onReady: seal })
}

const complain = (message: string): void => void writeSync(2, `runsc: warning: ${message}\n`)

/** Waits for the configuration; undefined when the command went away without sending one. */
function receiveConfig(): GoferConfig | undefined {
  const frames = new FrameReader()
  const chunk = new Uint8Array(65536)
  for (;;) {
    const length = readSync(GOFER_FDS.control, chunk)
    if (length === 0) return undefined
    const [config] = frames.push(chunk.subarray(0, length)) as GoferConfig[]
    if (config) return config
  }
}
