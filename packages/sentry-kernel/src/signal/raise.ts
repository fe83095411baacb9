// Signals that an operation sends to the task that called it: SIGPIPE, SIGXFSZ. (signal)
// Linux: send_sig(sig, current, 0).

import { SI_USER } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { sendSignal } from './send.ts'

/** Sends a signal to the calling task, as if from its own process. */
export function raise(task: Task, signo: number): void {
  const pid = task.group.leader.pid.own
  sendSignal(task, { signo, code: SI_USER, pid, uid: task.creds.uid })
}
