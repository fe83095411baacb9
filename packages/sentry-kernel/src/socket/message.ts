// What travels with the bytes of sendmsg and recvmsg. (socket)

import type { IoSource, IoTarget } from '../mm/io.ts'
import type { Pid } from '../task/pid-namespace.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'

/** struct ucred, with the number kept as the process it stands for. */
export interface PeerCredentials {
  readonly pid: Pid | undefined
  readonly uid: number
  readonly gid: number
}
export const credentialsOf = (task: Task): PeerCredentials => ({
  pid: task.group.leader.pid,
  uid: task.creds.euid,
  gid: task.creds.egid,
})
/** What is shown of a message whose sender did not say. */
export const NOBODY: PeerCredentials = { pid: undefined, uid: 65534, gid: 65534 }

/** One message to send. */
export interface Outgoing {
  readonly source: IoSource
  /** MSG_* */
  readonly flags: number
  /** A sockaddr, where one was given. */
  readonly to: Uint8Array | undefined
  /** SCM_RIGHTS: references that the message owns once it is queued. */
  readonly files: readonly FileDescription[]
  /** SCM_CREDENTIALS, checked; absent: the sender's own. */
  readonly credentials: PeerCredentials | undefined
  /** What else came beside it, for the protocol to read. */
  readonly control: readonly ControlMessage[]
}

/** A control message: cmsg(3). */
export interface ControlMessage {
  readonly level: number
  readonly type: number
  readonly body: Uint8Array
}

/** One message to receive: what to do, and what came. */
export interface Incoming {
  readonly target: IoTarget
  readonly flags: number
  /** Filled in by the socket. */
  from: Uint8Array | undefined
  /** MSG_TRUNC, MSG_EOR. */
  outFlags: number
  /** References that the receiver owns. */
  files: readonly FileDescription[]
  credentials: PeerCredentials | undefined
  /** What the protocol adds. */
  control: readonly ControlMessage[]
}
export const incoming = (target: IoTarget, flags: number): Incoming => ({
  target,
  flags,
  from: undefined,
  outFlags: 0,
  files: [],
  credentials: undefined,
  control: [],
})
export const NO_CONTROL: readonly ControlMessage[] = []
export const NO_FILES: readonly FileDescription[] = []
