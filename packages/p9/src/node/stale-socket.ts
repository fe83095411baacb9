// The socket file of a server that is gone, in the way of the next one. (p9)

import { lstatSync, rmSync } from 'node:fs'
import { connect } from 'node:net'

/** Makes way at `path`: removes a socket that nobody listens on. Rejects where something else is there. */
export const removeStaleSocket = async (path: string): Promise<void> => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (!stat.isSocket()) throw new Error(`not a socket: ${path} (remove it, or choose another path)`)
  const code = await connectError(path)
  if (code === undefined)
    throw new Error(`a server listens on ${path} already (end it, or choose another path)`)
  // Whatever else keeps us from connecting, somebody may be there.
  if (code !== 'ECONNREFUSED') throw new Error(`cannot take over the socket ${path}: ${code}`)
  rmSync(path, { force: true })
}

/** The code of the error, if it fails. */
const connectError = (path: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const socket = connect(path)
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('connect', () => {
      socket.destroy()
      resolve(undefined)
    })
  })
