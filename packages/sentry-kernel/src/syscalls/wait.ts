// wait4 and waitid. (syscalls)

import {
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  type Addr,
  EAGAIN,
  EINVAL,
  ESRCH,
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  rusage,
  SIGCHLD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WUNTRACED,
} from '@tsvisor/abi'
import type { Blocking } from '../kernel/blocking.ts'
import { pidOf } from '../task/pid-file.ts'
import type { Task } from '../task/task.ts'
import { rusageOf } from '../task/usage.ts'
import { type WaitTarget, waitForChild } from '../task/wait.ts'
import type { Handler } from './handler.ts'

const WAIT4_OPTIONS = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL
const WAITID_OPTIONS = WAIT4_OPTIONS | WNOWAIT | WEXITED

export const wait4: Handler<'wait4'> = (task, args) => {
  const { pid, options } = args
  if ((options & ~WAIT4_OPTIONS) !== 0) throw EINVAL
  if (pid === -0x8000_0000) throw ESRCH
  return wait4For(task, targetOf(task, pid), options | WEXITED, args)
}

function* wait4For(
  task: Task,
  target: WaitTarget,
  options: number,
  out: { wstatus: Addr; rusage: Addr },
): Blocking {
  const report = yield* waitForChild(task, target, options)
  if (!report) return 0
  if (out.wstatus !== 0) task.mm.writeU32(out.wstatus, report.wstatus)
  if (out.rusage !== 0) task.mm.writeStruct(rusage, out.rusage, rusageOf(report.usage))
  return report.pid
}

function targetOf(task: Task, pid: number): WaitTarget {
  if (pid === -1) return 'all'
  if (pid === 0) return task.group.processGroup
  const id = task.pidNamespace.find(Math.abs(pid))
  return (pid < 0 ? id?.processGroup : id) ?? 'nobody'
}

export const waitid: Handler<'waitid'> = (task, args) => {
  const { idtype, id, options } = args
  if ((options & ~WAITID_OPTIONS) !== 0) throw EINVAL
  if ((options & (WEXITED | WUNTRACED | WCONTINUED)) === 0) throw EINVAL
  switch (idtype) {
    case P_ALL:
      return waitidFor(task, 'all', options, args)
    case P_PID:
      if (id <= 0) throw EINVAL
      return waitidFor(task, targetOf(task, id), options, args)
    case P_PGID: {
      if (id < 0) throw EINVAL
      const target = id === 0 ? task.group.processGroup : task.pidNamespace.find(id)?.processGroup
      return waitidFor(task, target ?? 'nobody', options, args)
    }
    case P_PIDFD: {
      if (id < 0) throw EINVAL
      const pid = pidOf(task, id)
      const poll = task.fds.get(id).nonBlocking && (options & WNOHANG) === 0
      return waitidFor(
        task,
        pid,
        poll ? options | WNOHANG : options,
        args,
        poll ? 'EAGAIN' : 'zero',
      )
    }
  }
  throw EINVAL
}

function* waitidFor(
  task: Task,
  target: WaitTarget,
  options: number,
  out: { infop: Addr; rusage: Addr },
  nothing: 'zero' | 'EAGAIN' = 'zero',
): Blocking {
  const report = yield* waitForChild(task, target, options)
  if (!report && nothing === 'EAGAIN') throw EAGAIN
  if (report && out.rusage !== 0) task.mm.writeStruct(rusage, out.rusage, rusageOf(report.usage))
  if (out.infop !== 0) {
    const info = new Uint8Array(28)
    const view = new DataView(info.buffer)
    if (report) {
      view.setInt32(0, SIGCHLD, true)
      view.setInt32(8, report.code, true)
      view.setInt32(16, report.pid, true)
      view.setUint32(20, task.creds.userNamespace.uids.shown(report.uid), true)
      view.setInt32(24, report.status, true)
    }
    // Linux stores the fields one by one and leaves the padding after si_code alone.
    task.mm.write(out.infop, info.subarray(0, 12))
    task.mm.write((out.infop + 16) as Addr, info.subarray(16))
  }
  return 0
}
