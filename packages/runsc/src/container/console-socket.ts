// --console-socket: the engine gets the master of a pseudo terminal, the sandbox its slave. (runsc)

import { closeSync, lstatSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import {
  close,
  connectUnix,
  openpty,
  SOCK_STREAM,
  sendmsg,
  setWindowSize,
  unixSocket,
} from '@tsvisor/host'
import { Failure, reasonOf } from '../failure.ts'

export interface ConsoleSize {
  readonly rows: number
  readonly columns: number
}

/**
 * Makes a pseudo terminal and sends its master to the socket at `path`, as runc does: one message,
 * a name as its data, the descriptor beside it. Returns the slave. Errors: Failure.
 */
export function giveConsole(path: string, { rows, columns }: ConsoleSize): number {
  const socket = connect(path)
  const { master, slave } = openConsole(path)
  try {
    if (rows > 0 || columns > 0) setWindowSize(slave, { rows, columns, xPixels: 0, yPixels: 0 })
    sendmsg(socket, new TextEncoder().encode('/dev/ptmx'), [master], 0)
  } catch (error) {
    close(slave)
    throw new Failure(`--console-socket ${path}: ${reasonOf(error)}`)
  } finally {
    close(master)
    close(socket)
  }
  return slave
}

function openConsole(path: string): ReturnType<typeof openpty> {
  try {
    return openpty()
  } catch (error) {
    throw new Failure(`--console-socket ${path}: no pseudo terminal: ${reasonOf(error)}`)
  }
}

/** Through its directory's descriptor: a socket's address holds 107 bytes, engines' paths do not. */
function connect(path: string): number {
  let directory: number | undefined
  const socket = unixSocket(SOCK_STREAM)
  try {
    if (!lstatSync(path).isSocket()) throw new Failure(`--console-socket ${path}: is no socket`)
    directory = openSync(dirname(path), 'r')
    connectUnix(socket, `/proc/self/fd/${directory}/${basename(path)}`)
    return socket
  } catch (error) {
    close(socket)
    if (error instanceof Failure) throw error
    throw new Failure(`--console-socket ${path}: ${reasonOf(error)}`)
  } finally {
    if (directory !== undefined) closeSync(directory)
  }
}
