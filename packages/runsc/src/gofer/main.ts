// `runsc gofer`: the process that opens host files, from its entry to the sandbox's end. (runsc)

import { readSync } from 'node:fs'
import { FrameReader } from '../boot/control.ts'
import { GOFER_FDS, type GoferConfig } from './gofer-config.ts'

export function main(): void {
  const config = receiveConfig()
  if (config === undefined) process.exit(0)
  process.exit(0)
}

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
