// The way back to guest code: exit, stop, signals, restarts, in that order. (kernel core)

import {
  EINTR,
  ERESTART_RESTARTBLOCK,
  ERESTARTNOINTR,
  ERESTARTSYS,
  SA_RESTART,
  syscallNumber,
} from '@tsvisor/abi'
import { Reg } from '../platform/registers.ts'
import { beforeUser } from '../ptrace/stops.ts'
import { deliverSignal } from '../signal/deliver.ts'
import type { SignalInfo } from '../signal/signal-info.ts'
import { takeSignal } from '../signal/take.ts'
import { exitTask } from '../task/exit.ts'
import { enterStop } from '../task/job-control.ts'
import type { Task } from '../task/task.ts'

/** Runs guest code until the next event. */
export function enterUser(task: Task): void {
  task.inUser = true
  const { watches } = task.cgroups
  if (watches !== undefined) for (const watch of watches) watch.noteRun()
  task.thread.resume(task.resumption)
}

/**
 * Does what is due before guest code may run, then runs it; or ends or stops the task.
 * `restart` is the negative restart errno that the call ended with, or 0.
 */
export function returnToUser(task: Task, restart = task.pendingRestart): void {
  let left = restart
  task.pendingRestart = 0
  while (task.attention) {
    const { tracee } = task
    if (task.exitStatus !== undefined) {
      if (tracee?.stopsAtExit()) return
      exitTask(task)
      return
    }
    if (task.held || task.delayed || task.container?.paused || task.cgroups.holds) {
      task.pendingRestart = left
      task.held = true
      task.container?.noteQuiet()
      task.cgroups.noteHeld()
      return
    }
    let given: SignalInfo | undefined
    if (tracee !== undefined) {
      const next = beforeUser(tracee, left)
      if (next === 'stops') return
      if (next === 'again') continue
      given = next
    } else if (task.group.stopping || task.group.stopped) {
      task.pendingRestart = left
      enterStop(task)
      return
    }
    const taken = takeSignal(task, given)
    if (taken === 'again') continue
    if (taken === undefined) {
      task.attention = false
      break
    }
    if (left !== 0) {
      settle(task, left, (taken.action.flags & SA_RESTART) !== 0)
      left = 0
    }
    deliverSignal(task, taken)
    if (tracee !== undefined) tracee.handlerStarted = task.resumption === 'step'
  }
  if (left !== 0) restartSilently(task, left)
  const { saved } = task.signals
  if (saved !== undefined) {
    task.signals.saved = undefined
    task.setBlocked(saved)
    if (task.attention) {
      returnToUser(task, 0)
      return
    }
  }
  task.state = 'running'
  enterUser(task)
}

/** A handler will run: the call gives EINTR or starts again after it (handle_signal). */
function settle(task: Task, restart: number, restartable: boolean): void {
  const again = restart === -ERESTARTNOINTR.code || (restart === -ERESTARTSYS.code && restartable)
  if (again) rewind(task, task.thread.registers.get(Reg.orig_rax))
  else task.thread.registers.set(Reg.rax, -EINTR.code)
}

const RESTART_SYSCALL = syscallNumber('restart_syscall')

/** No handler runs: the call starts again at once (arch_do_signal_or_restart). */
function restartSilently(task: Task, restart: number): void {
  const block = restart === -ERESTART_RESTARTBLOCK.code
  rewind(task, block ? RESTART_SYSCALL : task.thread.registers.get(Reg.orig_rax))
}

/** Back to the two-byte `syscall` instruction, with the number in rax. */
function rewind(task: Task, nr: number): void {
  const { registers } = task.thread
  registers.set(Reg.rax, nr)
  registers.set(Reg.rip, registers.get(Reg.rip) - 2)
}
