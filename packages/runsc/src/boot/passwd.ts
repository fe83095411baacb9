// /etc/passwd of a guest, passwd(5): what it says of users. (runsc)

import { AT_FDCWD, Errno, O_NONBLOCK, O_RDONLY, S_IFREG } from '@tsvisor/abi'
import { BufferIo, type FileDescription, openAt, type Task } from '@tsvisor/sentry-kernel'

/** The guest writes the file, and the words in it: one char a byte. */
export interface User {
  readonly name: string
  readonly uid: string
  readonly home: string
}

/** Of a longer file only the beginning counts, bytes. */
const MAX_SIZE = 1 << 20

/** The users in the file as a task finds it; none where it cannot be read. */
export function* usersOf(task: Task): Generator<User> {
  for (const line of passwd(task).split('\n')) {
    const [name, , uid, , , home] = line.split(':')
    if (name !== undefined && uid !== undefined && home !== undefined) yield { name, uid, home }
  }
}

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
