// A real gofer process and a client of it, for tests.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { close, recvmsg, SOCK_STREAM, sendmsg, socketpair } from '@tsvisor/host'
import { Client, type ClientOptions, Framer, type P9Error } from '@tsvisor/p9'
import type { ExportConfig } from '../src/index.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))

export interface Gofer {
  readonly process: ChildProcess
  readonly socket: number
  readonly client: Client
  /** Descriptors received and not taken yet. */
  readonly passed: number[]
  readonly exited: Promise<number | null>
  /** Closes the connection and waits for the exit. */
  stop(): Promise<number | null>
}

export const startGofer = (
  exports: readonly ExportConfig[],
  options: ClientOptions & { maxOpen?: number; inherited?: number } = {},
): Gofer => {
  const [socket, theirs] = socketpair(SOCK_STREAM)
  const config = JSON.stringify({ exports, ...(options.maxOpen && { maxOpen: options.maxOpen }) })
  const flags = ['--conditions=tsvisor-source', '--import', 'tsx', CHILD, config]
  const child = spawn(process.execPath, flags, {
    stdio: ['ignore', 'inherit', 'inherit', theirs, options.inherited ?? 'ignore'],
  })
  close(theirs)
  const exited = new Promise<number | null>(resolve => child.on('exit', resolve))
  const passed: number[] = []
  const framer = new Framer(new Uint8Array(128 * 1024))
  const exchange = (request: Uint8Array): Uint8Array => {
    for (let left = request; left.length > 0; ) left = left.subarray(sendmsg(socket, left, [], 0))
    for (;;) {
      const reply = framer.next()
      if (reply) return reply
      const length = recvmsg(socket, framer.buffer.subarray(framer.room()), passed, 0)
      if (length === 0) throw new Error('gofer gone')
      framer.added(length)
    }
  }
  const client = new Client({ exchange }, options)
  const stop = () => {
    close(socket)
    return exited
  }
  return { process: child, socket, client, passed, exited, stop }
}

/** A directory that is removed after `use`. */
export const tempDirectory = (): { path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'gofer-test-'))
  return { path, remove: () => execFileSync('rm', ['-rf', path]) }
}

/** The errno that a step fails with, 0 if it does not. */
export const code = (step: () => unknown): number => {
  try {
    step()
  } catch (error) {
    return (error as P9Error).code
  }
  return 0
}
