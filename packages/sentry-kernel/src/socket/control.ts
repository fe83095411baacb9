// Ancillary data: control messages in guest memory. (socket)
// Linux net/core/scm.c; cmsg(3), unix(7).

import {
  type Addr,
  AF_UNIX,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  EINVAL,
  EPERM,
  ESRCH,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  SCM_CREDENTIALS,
  SCM_MAX_FD,
  SCM_RIGHTS,
  SO_PASSCRED,
  SOL_SOCKET,
} from '@tsvisor/abi'
import { installFd } from '../syscalls/install-fd.ts'
import { hasCapabilityIn, hasOwnCapability } from '../task/credentials.ts'
import { NO_ID } from '../task/id-map.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import {
  type ControlMessage,
  type Incoming,
  NO_CONTROL,
  NO_FILES,
  NOBODY,
  type PeerCredentials,
} from './message.ts'
import { OPTMEM_MAX } from './option-memory.ts'
import type { Socket } from './socket.ts'
import { inFlight } from './unix/in-flight.ts'

/** sizeof(struct cmsghdr) */
const HEADER = 16
const align = (length: number): number => (length + 7) & ~7

export interface ControlIn {
  /** References that the caller owns. */
  readonly files: readonly FileDescription[]
  readonly credentials: PeerCredentials | undefined
  /** Those of other levels. */
  readonly control: readonly ControlMessage[]
}
const NOTHING: ControlIn = { files: NO_FILES, credentials: undefined, control: NO_CONTROL }

/** What sendmsg was given. Errors: EINVAL, EBADF, EPERM, ESRCH, ETOOMANYREFS, ENOBUFS. */
export function readControl(task: Task, socket: Socket, addr: Addr, length: number): ControlIn {
  if (length === 0 || addr === 0) return NOTHING
  if (length > OPTMEM_MAX) throw EINVAL
  const data = task.mm.readBytes(addr, length)
  const view = new DataView(data.buffer)
  const fds: number[] = []
  const control: ControlMessage[] = []
  let credentials: PeerCredentials | undefined
  for (let at = 0; at + HEADER <= length; ) {
    const size = view.getUint32(at, true)
    if (view.getUint32(at + 4, true) !== 0 || size < HEADER || size > length - at) throw EINVAL
    const level = view.getInt32(at + 8, true)
    const type = view.getInt32(at + 12, true)
    if (level !== SOL_SOCKET) {
      control.push({ level, type, body: data.subarray(at + HEADER, at + size) })
    } else if (socket.domain === AF_UNIX) {
      if (type === SCM_RIGHTS) {
        for (let i = HEADER; i + 4 <= size; i += 4) fds.push(view.getInt32(at + i, true))
        if (fds.length > SCM_MAX_FD) throw EINVAL
      } else if (type === SCM_CREDENTIALS) {
        if (size !== HEADER + 12) throw EINVAL
        credentials = checkCredentials(task, view, at + HEADER)
      } else throw EINVAL
      // Elsewhere they are passed over (__sock_cmsg_send).
    } else if (type !== SCM_RIGHTS && type !== SCM_CREDENTIALS) throw EINVAL
    at += align(size)
  }
  if (fds.length === 0) return { files: NO_FILES, credentials, control }
  const files = fds.map(fd => task.fds.getAny(fd))
  inFlight(task.kernel).check(task, files.length)
  for (const file of files) file.hold()
  return { files, credentials, control }
}

/** One may only claim to be oneself, without privileges (scm_check_creds). */
function checkCredentials(task: Task, view: DataView, at: number): PeerCredentials {
  const number = view.getInt32(at, true)
  const { creds } = task
  const { uids, gids } = creds.userNamespace
  const uid = uids.toKernel(view.getUint32(at + 4, true))
  const gid = gids.toKernel(view.getUint32(at + 8, true))
  if (uid === NO_ID || gid === NO_ID) throw EINVAL
  const own = task.group.leader.pid
  const pidOk =
    number === own.in(task.pidNamespace) ||
    hasCapabilityIn(creds, task.pidNamespace.userNamespace, CAP_SYS_ADMIN)
  const uidOk =
    uid === creds.uid ||
    uid === creds.euid ||
    uid === creds.suid ||
    hasOwnCapability(creds, CAP_SETUID)
  const gidOk =
    gid === creds.gid ||
    gid === creds.egid ||
    gid === creds.sgid ||
    hasOwnCapability(creds, CAP_SETGID)
  if (!pidOk || !uidOk || !gidOk) throw EPERM
  const pid = task.pidNamespace.find(number)
  if (pid === undefined) throw ESRCH
  return { pid, uid, gid }
}

/**
 * Stores what came beside a message: what the protocol adds, credentials, then descriptors, as many as fit. Returns the bytes
 * used; adds MSG_CTRUNC to `message.outFlags` when something did not fit.
 */
export function writeControl(
  task: Task,
  socket: Socket,
  message: Incoming,
  addr: Addr,
  room: number,
): number {
  let used = 0
  for (const control of message.control)
    used += put(task, message, (addr + used) as Addr, room - used, control)
  if (socket.options.has(SO_PASSCRED)) {
    const { pid, uid, gid } = message.credentials ?? NOBODY
    const { uids, gids } = task.creds.userNamespace
    const body = new Uint8Array(12)
    const view = new DataView(body.buffer)
    view.setInt32(0, pid?.in(task.pidNamespace) ?? 0, true)
    view.setUint32(4, uids.shown(uid), true)
    view.setUint32(8, gids.shown(gid), true)
    const control = { level: SOL_SOCKET, type: SCM_CREDENTIALS, body }
    used += put(task, message, (addr + used) as Addr, room - used, control)
  }
  if (message.files.length > 0) used += putFiles(task, message, (addr + used) as Addr, room - used)
  return used
}

function header(length: number, level: number, type: number): Uint8Array {
  const data = new Uint8Array(HEADER)
  const view = new DataView(data.buffer)
  view.setUint32(0, length, true)
  view.setInt32(8, level, true)
  view.setInt32(12, type, true)
  return data
}

/** put_cmsg: a message that does not fit is cut. */
function put(
  task: Task,
  message: Incoming,
  addr: Addr,
  room: number,
  { level, type, body }: ControlMessage,
): number {
  if (addr === 0 || room < HEADER) {
    message.outFlags |= MSG_CTRUNC
    return 0
  }
  let length = HEADER + body.length
  if (room < length) {
    message.outFlags |= MSG_CTRUNC
    length = room
  }
  task.mm.write(addr, header(length, level, type))
  task.mm.write((addr + HEADER) as Addr, body.subarray(0, length - HEADER))
  return Math.min(align(length), room)
}

/** scm_detach_fds: installs as many as there is room for; the rest are closed. */
function putFiles(task: Task, message: Incoming, addr: Addr, room: number): number {
  const closeOnExec = (message.flags & MSG_CMSG_CLOEXEC) !== 0
  const { files } = message
  message.files = NO_FILES
  const fit = addr === 0 || room < HEADER ? 0 : Math.floor((room - HEADER) / 4)
  let count = 0
  for (; count < Math.min(fit, files.length); count++) {
    let fd: number
    try {
      fd = installFd(task, files[count]!, closeOnExec)
    } catch {
      break
    }
    try {
      task.mm.writeU32((addr + HEADER + count * 4) as Addr, fd)
    } catch {
      task.fds.remove(fd)
      break
    }
  }
  for (const file of files.slice(count)) file.release()
  if (count < files.length) message.outFlags |= MSG_CTRUNC
  if (count === 0) return 0
  const length = HEADER + count * 4
  task.mm.write(addr, header(length, SOL_SOCKET, SCM_RIGHTS))
  return Math.min(align(length), room)
}
