// FIFOs and sockets in a directory of this machine: node:fs makes neither. (p9)

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import { S_IFMT } from '../constants.ts'
import { EACCES, EOPNOTSUPP, EPERM, P9Error } from '../errno.ts'

const S_IFIFO = 0o010000
const S_IFSOCK = 0o140000
const { O_DIRECTORY } = fs.constants

const makeFifo = async (path: string): Promise<void> => {
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', path])
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === 'ENOENT'
    throw new P9Error(isMissing ? EOPNOTSUPP : EACCES, 'mkfifo')
  }
}

/** The socket as bind(2) makes it. Whoever listens closes and removes it at once. */
const listening = async (path: string): Promise<() => void> => {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return () => void server.close()
}

/**
 * Makes a FIFO or a socket nobody listens on; EEXIST where the name is taken, EPERM for devices,
 * which would be doors of this machine.
 */
export const makeSpecial = async (path: string | Uint8Array, mode: number): Promise<void> => {
  const type = mode & S_IFMT
  if (type !== S_IFIFO && type !== S_IFSOCK) throw new P9Error(EPERM, 'no devices are made here')
  const bytes = Buffer.from(path)
  const dir = fs.openSync(bytes.subarray(0, bytes.lastIndexOf('/') + 1), O_DIRECTORY)
  // Short and of ASCII, whatever the path is: neither bind(2) nor a command's arguments take more.
  const temporary = `/proc/${process.pid}/fd/${dir}/.p9-${randomBytes(8).toString('hex')}`
  try {
    const remove =
      type === S_IFIFO
        ? await makeFifo(temporary).then(() => () => fs.unlinkSync(temporary))
        : await listening(temporary)
    try {
      fs.linkSync(temporary, bytes)
    } finally {
      remove()
    }
  } finally {
    fs.closeSync(dir)
  }
}
