// SIGPIPE: what a write to a pipe or socket without a reader sends to the writer. (signal)
// Linux: send_sig(SIGPIPE, current, 0).

import { SI_USER, SIGPIPE } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { sendSignal } from './send.ts'

export function raiseSigpipe(task: Task): void {
  const pid = task.group.leader.pid.own
  sendSignal(task, { signo: SIGPIPE, code: SI_USER, pid, uid: task.creds.uid })
}
