// What sock_diag says of unix domain sockets. (socket/netlink)
// Linux net/unix/diag.c: unix_diag_handler_dump, sk_diag_fill.

import {
  EINVAL,
  ENOENT,
  ESTALE,
  NLM_F_DUMP,
  NLM_F_MULTI,
  SOCK_DIAG_BY_FAMILY,
  TCP_CLOSE,
  TCP_ESTABLISHED,
  TCP_LISTEN,
  UDIAG_SHOW_ICONS,
  UDIAG_SHOW_MEMINFO,
  UDIAG_SHOW_NAME,
  UDIAG_SHOW_PEER,
  UDIAG_SHOW_RQLEN,
  UDIAG_SHOW_UID,
  UDIAG_SHOW_VFS,
  UNIX_DIAG_ICONS,
  UNIX_DIAG_MEMINFO,
  UNIX_DIAG_NAME,
  UNIX_DIAG_PEER,
  UNIX_DIAG_RQLEN,
  UNIX_DIAG_SHUTDOWN,
  UNIX_DIAG_UID,
  UNIX_DIAG_VFS,
  unix_diag_msg,
  unix_diag_req,
} from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { NetNamespace } from '../net-namespace.ts'
import { UnixSocket } from '../unix/unix-socket.ts'
import { cookieOf, isCookie } from './diag-cookie.ts'
import { type Attribute, attributes, HEADER, joined, message, words } from './messages.ts'
import type { NetlinkProtocol } from './protocol.ts'

const STATES = {
  unconnected: TCP_CLOSE,
  listening: TCP_LISTEN,
  connected: TCP_ESTABLISHED,
} as const
const stateOf = ({ state }: UnixSocket): number => STATES[state]

export const unixDiag: NetlinkProtocol = (task, net, { flags, id, data }) => {
  if (data.length < HEADER + unix_diag_req.size) throw EINVAL
  const request = unix_diag_req.decode(data.subarray(HEADER))
  const show = (socket: UnixSocket, flags: number): Uint8Array =>
    message(SOCK_DIAG_BY_FAMILY, flags, id, describe(task, socket, request.udiag_show))
  if ((flags & NLM_F_DUMP) === 0) {
    const { udiag_ino, udiag_cookie } = request
    if (udiag_ino === 0) throw EINVAL
    const found = [...socketsOf(net)].find(socket => inodeOf(socket) === udiag_ino)
    if (found === undefined) throw ENOENT
    if (!isCookie(udiag_cookie, udiag_ino)) throw ESTALE
    return { messages: [show(found, 0)] }
  }
  const messages: Uint8Array[] = []
  for (const socket of socketsOf(net))
    if ((request.udiag_states & (1 << stateOf(socket))) !== 0)
      messages.push(show(socket, NLM_F_MULTI))
  return { messages, dump: 'complete' }
}

/** Those that nobody has accepted yet are nobody's. */
function* socketsOf({ sockets }: NetNamespace): Generator<UnixSocket> {
  for (const socket of sockets) if (socket instanceof UnixSocket && socket.attached) yield socket
}

const inodeOf = ({ attached, closed, inode }: UnixSocket): number =>
  attached && !closed ? inode.attr().ino : 0

function describe(task: Task, socket: UnixSocket, show: number): Uint8Array {
  const { ino } = socket.inode.attr()
  const head = unix_diag_msg.encode({
    ...{ udiag_family: socket.domain, udiag_type: socket.socketType },
    ...{ udiag_state: stateOf(socket), udiag_ino: ino, udiag_cookie: cookieOf(ino) },
  })
  return joined(head, attributes(attributesFor(task, socket, show)))
}

function attributesFor(task: Task, socket: UnixSocket, show: number): Attribute[] {
  const { peer, boundTo, options, shutdownMask } = socket
  const list: Attribute[] = []
  // A path with its end, an abstract name without one.
  if (show & UDIAG_SHOW_NAME && socket.isNamed)
    list.push([UNIX_DIAG_NAME, socket.encodedName.subarray(2)])
  if (show & UDIAG_SHOW_VFS && boundTo !== undefined)
    list.push([UNIX_DIAG_VFS, words(boundTo.attr().ino, boundTo.fs.dev)])
  if (show & UDIAG_SHOW_PEER && peer !== undefined)
    list.push([UNIX_DIAG_PEER, words(inodeOf(peer))])
  if (show & UDIAG_SHOW_ICONS && socket.listening)
    list.push([UNIX_DIAG_ICONS, words(...socket.callers.map(inodeOf))])
  if (show & UDIAG_SHOW_RQLEN) list.push([UNIX_DIAG_RQLEN, words(...queuesOf(socket))])
  if (show & UDIAG_SHOW_MEMINFO)
    list.push([
      UNIX_DIAG_MEMINFO,
      words(0, options.receiveBuffer, socket.charged, options.sendBuffer, 0, 0, 0, 0, 0),
    ])
  list.push([UNIX_DIAG_SHUTDOWN, Uint8Array.of(shutdownMask)])
  const { uid } = socket.inode.attr()
  if (show & UDIAG_SHOW_UID)
    list.push([UNIX_DIAG_UID, words(task.creds.userNamespace.uids.shown(uid))])
  return list
}

/** What waits to be read, and of what it sent; of a listener callers, and how many may wait. */
const queuesOf = (socket: UnixSocket): readonly [number, number] =>
  socket.listening ? [socket.callers.length, socket.backlogLimit] : [socket.unread, socket.charged]
