// Frames with descriptors, past Node's sockets, which pass none: loaded only where some are passed. (runsc)

import type { Socket } from 'node:net'
import { EAGAIN, EINTR } from '@tsvisor/abi'
import { MSG_DONTWAIT, sendmsg } from '@tsvisor/host'

const PAUSE_MS = 1

/**
 * Sends the beginning of `bytes` with `fds` beside the first one, when nothing else is left to write to
 * the socket; returns how many bytes went. Errors: Errno.
 */
export async function sendWithDescriptors(
  socket: Socket,
  bytes: Uint8Array,
  fds: readonly number[],
): Promise<number> {
  for (;;) {
    const fd = descriptorOf(socket)
    try {
      if (socket.writableLength === 0) return sendmsg(fd, bytes, fds, MSG_DONTWAIT)
    } catch (error) {
      if (error !== EAGAIN && error !== EINTR) throw error
    }
    // Only when a sandbox has stopped to read.
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
  }
}

function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } }
  const fd = handle?.fd
  if (fd === undefined || fd < 0) throw new Error('the connection is closed')
  return fd
}
