// p9 serve. (p9)

import { formatAddress, parseHostPort } from '../address.ts'
import { directoryTree } from '../directory-tree.ts'
import { listen } from '../listen.ts'
import { removeStaleSocket } from '../stale-socket.ts'

interface ServeFlags {
  readonly tcp: string
  readonly unix?: string
  readonly readOnly: boolean
  readonly msize: number
  readonly trace: boolean
}

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`)

export const serveCommand = async (directory: string, flags: ServeFlags): Promise<void> => {
  const tree = directoryTree(directory, { access: flags.readOnly ? 'read' : 'write' })
  const address =
    flags.unix === undefined
      ? parseHostPort(flags.tcp)
      : ({ kind: 'unix', path: flags.unix } as const)
  if (address.kind === 'unix') await removeStaleSocket(address.path)
  const server = await listen(tree, address, {
    msize: flags.msize,
    onBug: error => toStderr(`bug: ${error instanceof Error ? error.stack : error}`),
    ...(flags.trace && { trace: toStderr }),
  })
  process.stdout.write(`serving ${directory} on ${formatAddress(server.address)}\n`)
  const stop = async (): Promise<void> => {
    await server.close()
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
