// The home directory of a guest's user, by the guest's /etc/passwd. (runsc)

import { AT_FDCWD, Errno, O_NONBLOCK, O_RDONLY, S_IFREG } from '@tsvisor/abi'
import { BufferIo, type FileDescription, openAt, type Task } from '@tsvisor/sentry-kernel'

/** Of a longer file only the beginning counts, bytes. */
const MAX_SIZE = 1 << 20

/** The environment with a HOME: as runc does, that of the process's user where it has none, or "/". */
export function withHome(env: readonly string[], task: Task): string[] {
  if (env.some(entry => entry.length > 'HOME='.length && entry.startsWith('HOME='))) return [...env]
  return [...env.filter(entry => entry !== 'HOME='), `HOME=${homeOf(task)}`]
}

function homeOf(task: Task): string {
  const uid = String(task.creds.uid)
  for (const line of passwd(task).split('\n')) {
    const [, , user, , , home] = line.split(':')
    if (user === uid && home !== undefined) return home
  }
  return '/'
}

/** passwd(5); empty where it cannot be read. */
function passwd(task: Task): string {
  let file: FileDescription | undefined
  try {
    file = openAt(task, AT_FDCWD, '/etc/passwd', O_RDONLY | O_NONBLOCK, 0) as FileDescription
    if (file.inode.type !== S_IFREG) return ''
    const bytes = Buffer.alloc(Math.min(file.inode.attr().size, MAX_SIZE))
    return bytes.toString('latin1', 0, file.read(task, new BufferIo(bytes), 0) as number)
  } catch (error) {
    if (error instanceof Errno) return ''
    throw error
  } finally {
    file?.release()
  }
}
