// Descriptors that came with exec and are not ours to keep. (gofer)

import { readlinkSync } from 'node:fs'
import { close } from '@tsvisor/host'

/** Beyond this nobody looks: Node's epoll was found long before. */
const MAX_INHERITED = 1024

/**
 * Closes the inherited descriptors from 3 up, but `kept`: those below the first that Node opened
 * for itself, its epoll. Flags do not tell them apart (Node marks all close-on-exec when it
 * starts), and closing one of Node's own would let it close one of ours later. A parent that is
 * Node hands down exactly the descriptors of its `stdio` list, and those are below.
 */
export const keepOnly = (kept: readonly number[]): void => {
  for (let fd = 3; fd < MAX_INHERITED; fd++) {
    let target: string
    try {
      target = readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      continue
    }
    if (target === 'anon_inode:[eventpoll]') return
    if (!kept.includes(fd)) close(fd)
  }
}
