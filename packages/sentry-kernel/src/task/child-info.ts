// What a parent is told about a child. (task)

import { CLD_DUMPED, CLD_EXITED, CLD_KILLED } from '@tsvisor/abi'
import type { SignalInfo } from '../signal/signal-info.ts'
import type { ThreadGroup } from './thread-group.ts'
import { ticks } from './usage.ts'

/** The siginfo of SIGCHLD and waitid. */
export const childInfo = (
  child: ThreadGroup,
  parent: ThreadGroup,
  signo: number,
  code: number,
  status: number,
): SignalInfo => ({
  signo,
  code,
  pid: child.leader.pid.in(parent.pidNamespace),
  uid: child.leader.creds.uid,
  status,
  utime: ticks(child.cpuNs()),
  stime: 0,
})

/** CLD_* and si_status of a wait status. */
export function describeExit(status: number): { code: number; status: number } {
  if ((status & 0x7f) === 0) return { code: CLD_EXITED, status: (status >> 8) & 0xff }
  return { code: status & 0x80 ? CLD_DUMPED : CLD_KILLED, status: status & 0x7f }
}
