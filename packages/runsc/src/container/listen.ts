// The socket that other commands reach a sandbox by: made here, served there. (runsc)

import { closeSync, openSync } from 'node:fs'
import { bindUnix, close, listen, SOCK_STREAM, unixSocket } from '@tsvisor/host'
import { Failure, reasonOf } from '../failure.ts'

const BACKLOG = 128

/** A listening socket `control.sock` in the directory, whose path may be of any length. Errors: Failure. */
export function listenIn(directory: string): number {
  const fd = openSync(directory, 'r')
  const socket = unixSocket(SOCK_STREAM)
  try {
    bindUnix(socket, `/proc/self/fd/${fd}/control.sock`)
    listen(socket, BACKLOG)
    return socket
  } catch (error) {
    close(socket)
    throw new Failure(`${directory}/control.sock: ${reasonOf(error)}`)
  } finally {
    closeSync(fd)
  }
}
