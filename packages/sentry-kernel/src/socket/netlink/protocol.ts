// What a netlink protocol of the kernel is: answers to requests. (socket/netlink)

import type { Errno } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { NetNamespace } from '../net-namespace.ts'
import type { RequestId } from './messages.ts'

export interface NetlinkRequest {
  /** nlmsg_type */
  readonly type: number
  /** NLM_F_* */
  readonly flags: number
  readonly id: RequestId
  /** All of it, its header first. */
  readonly data: Uint8Array
}

export interface Answer {
  readonly messages: readonly Uint8Array[]
  /** They are a dump, which ends with NLMSG_DONE; `failed` with an error in it. */
  readonly dump?: 'complete' | Errno
}

/** Errors: Errno, which the sender is told in a message. */
export type NetlinkProtocol = (task: Task, net: NetNamespace, request: NetlinkRequest) => Answer

export const NOTHING: Answer = { messages: [] }
