// The end of a task, and of its process when it was the last. (task)

import { Errno, SI_USER, SIGCHLD, SIGCONT, SIGHUP, SIGKILL } from '@tsvisor/abi'
import { exitSemaphores } from '../ipc/semaphore-exit.ts'
import type { Blocking } from '../kernel/blocking.ts'
import { leaveMemory } from '../mm/futex-exit.ts'
import { releaseTracees, unlink } from '../ptrace/attach.ts'
import { tellTracerOfEnd } from '../ptrace/zombie.ts'
import { kernelSignal, sendSignal, signalProcessGroup } from '../signal/send.ts'
import { traceEnd } from '../strace/strace.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { completeStop } from './job-control.ts'
import type { Task } from './task.ts'
import type { ThreadGroup } from './thread-group.ts'
import { forget, notifyParent, reap } from './zombie.ts'

const POLLIN = 1

/** Ends one task (do_exit). It is not in user mode, and its `exitStatus` is set. */
export function exitTask(task: Task): void {
  if (task.state === 'dead') return
  const { group, tracee } = task
  const status = task.exitStatus ?? SIGKILL
  task.exitStatus = status
  if (group.tracees !== undefined) releaseTracees(task)
  if (task.kernel.strace !== undefined) traceEnd(task, status)
  if (group.tasks.size === 1) group.exitStatus ??= status
  leaveMemory(task)
  if (group.tasks.size === 1) exitSemaphores(task)
  for (const file of task.fds.drop()) close(task, file)
  const cpuNs = task.thread.cpuTimeNs()
  group.exited.cpuNs += cpuNs
  group.io.add(task.io)
  group.exited.maxRss = Math.max(
    group.exited.maxRss,
    Math.floor(task.mm.space.residentBytes() / 1024),
  )
  task.state = 'dead'
  task.attention = false
  group.tasks.delete(task)
  task.cgroups.remove(task, cpuNs)
  task.container?.remove(task, cpuNs)
  task.mounts.drop()
  task.releaseVfork()
  const lastUser = !task.mm.shared
  if (!lastUser) task.thread.release()
  task.mm.release()
  task.namespaces.ipc.drop()
  if (tracee === undefined) {
    if (!task.isLeader) forget(task)
  } else if (!task.isLeader) {
    group.zombies++
    tellTracerOfEnd(tracee)
  } else if (group.tasks.size > 0) tellTracerOfEnd(tracee)
  if (group.tasks.size === 0) endGroup(group)
  else {
    adoptWithin(group, task)
    completeStop(group)
    group.threadExit.notify()
  }
}

/** A file that cannot be closed properly must not keep the task from ending. */
function close(task: Task, file: FileDescription): void {
  try {
    file.flush(task)
    file.release()
  } catch (error) {
    if (!(error instanceof Errno))
      task.kernel.log.error(`closing ${file.label()}: ${String(error)}`)
  }
}

/** Removes every other task of the group, for execve; the caller then has the leader's identity (de_thread). */
export function* becomeSingleThreaded(task: Task): Blocking<void> {
  const { group } = task
  for (const other of group.tasks) {
    if (other === task) continue
    other.exitStatus ??= 0
    other.alert('kill')
  }
  while (group.tasks.size > 1) {
    yield {
      queues: [group.threadExit],
      events: -1,
      deadlineNs: undefined,
      interruptedBy: 'kill',
    }
  }
  if (task.isLeader) return
  const { leader } = group
  if (leader.tracee !== undefined) unlink(leader.tracee)
  const own = task.pid
  task.pid = leader.pid
  task.pid.task = task
  group.leader = task
  own.task = undefined
  own.releaseIfUnused()
}

function endGroup(group: ThreadGroup): void {
  const { leader } = group
  const { kernel } = leader
  group.ended = true
  group.stopping = false
  group.stopped = false
  for (const timer of group.timers.values()) timer.cancel()
  group.timers.clear()
  group.intervals.cancel()
  if (group.isNamespaceInit) killNamespace(group)
  leaveTerminal(group)
  adoptOut(group)
  hangUpOrphans(group, group.parent)
  leader.pid.queue.notify(POLLIN)
  notifyParent(group)
  group.onEnd?.(group.exitStatus ?? SIGKILL)
  group.threadExit.notify()
  leader.container?.groupEnded(group)
  if (group === kernel.init) kernel.powerOff()
}

/** An init takes its whole namespace with it (zap_pid_ns_processes). */
function killNamespace(init: ThreadGroup): void {
  for (const other of init.pidNamespace.groups())
    if (other !== init) sendSignal(other, kernelSignal(SIGKILL), 'ancestor')
}

/** A session leader's end: its terminal's foreground job is told, and the terminal is free. */
function leaveTerminal(group: ThreadGroup): void {
  const { session } = group
  if (session.leader !== group) return
  session.tty?.leaderExited()
  session.tty = undefined
  session.leader = undefined
}

/** The parent, or the thread of it that made the child, is no more: PR_SET_PDEATHSIG. */
function sendDeathSignal(child: ThreadGroup, { leader }: ThreadGroup): void {
  const { deathSignal: signo, pidNamespace } = child
  if (child.ended || signo === 0) return
  const pid = leader.pid.in(pidNamespace)
  sendSignal(child, { signo, code: SI_USER, pid, uid: leader.creds.uid })
}

/** Children of a thread go to another one of its process. */
function adoptWithin(group: ThreadGroup, thread: Task): void {
  const [next] = group.tasks
  for (const child of group.children) {
    if (child.creator !== thread) continue
    child.creator = next
    sendDeathSignal(child, group)
  }
}

/** Children go to a subreaper or to init (forget_original_parent). */
function adoptOut(group: ThreadGroup): void {
  const reaper = findReaper(group)
  for (const child of [...group.children]) {
    group.children.delete(child)
    child.parent = reaper
    child.creator = undefined
    sendDeathSignal(child, group)
    if (!reaper) {
      if (child.ended) reap(child)
      continue
    }
    reaper.children.add(child)
    child.exitSignal = SIGCHLD
    if (child.ended) notifyParent(child)
    else if (child.processGroup !== group.processGroup) hangUpOrphans(child, group)
  }
}

function findReaper(group: ThreadGroup): ThreadGroup | undefined {
  const { init } = group.pidNamespace
  for (let up = group.parent; up && up.pidNamespace === group.pidNamespace; up = up.parent)
    if (up.childSubreaper && !up.ended) return up
  return init === group || init?.ended ? undefined : init
}

/**
 * A job that lost the last process able to continue it, with stopped members, gets SIGHUP and
 * SIGCONT (kill_orphaned_pgrp). `parent` is the process whose tie to the job is cut.
 */
function hangUpOrphans(group: ThreadGroup, parent: ThreadGroup | undefined): void {
  const { processGroup } = group
  const other = parent?.processGroup
  if (!other || other === processGroup || other.session !== processGroup.session) return
  if (!processGroup.orphaned(group.ended ? group : undefined) || !processGroup.hasStopped) return
  signalProcessGroup(processGroup, kernelSignal(SIGHUP))
  signalProcessGroup(processGroup, kernelSignal(SIGCONT))
}
