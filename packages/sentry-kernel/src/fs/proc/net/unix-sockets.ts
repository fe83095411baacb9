// /proc/net/unix. (fs/proc)
// Linux net/unix/af_unix.c: unix_seq_show.

import type { NetNamespace } from '../../../socket/net-namespace.ts'
import { UnixSocket } from '../../../socket/unix/unix-socket.ts'

const HEADER = 'Num       RefCount Protocol Flags    Type St Inode Path\n'
/** __SO_ACCEPTCON */
const ACCEPTS = 0x10000

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0')

/** SS_UNCONNECTED or SS_CONNECTED; SS_CONNECTING for one that nobody has accepted yet. */
const stateOf = ({ state, attached }: UnixSocket): number =>
  attached ? (state === 'connected' ? 3 : 1) : 2

function row(socket: UnixSocket): string {
  const { listening, attached, shownName, socketType } = socket
  const connected = socket.state === 'connected'
  return (
    `${'0'.repeat(16)}: ${hex(connected ? 3 : 2, 8)} ${hex(0, 8)} ` +
    `${hex(listening ? ACCEPTS : 0, 8)} ${hex(socketType, 4)} ${hex(stateOf(socket), 2)} ` +
    String(attached ? socket.inode.attr().ino : 0).padStart(5) +
    `${shownName === '' ? '' : ` ${shownName}`}\n`
  )
}

export function unixSockets({ sockets }: NetNamespace): string {
  let text = HEADER
  for (const socket of sockets) if (socket instanceof UnixSocket) text += row(socket)
  return text
}
