// Continuing a stopped process. (task)
// Linux kernel/signal.c: prepare_signal.

import type { ThreadGroup } from './thread-group.ts'

/** SIGCONT was sent: whatever its disposition, the process goes on. Says whether it was stopped. */
export function continueGroup(group: ThreadGroup): boolean {
  for (const task of group.tasks) task.tracee?.continued()
  if (!group.stopping && !group.stopped) return false
  const wasStopped = group.stopped
  group.stopping = false
  group.stopped = false
  group.stopReport = wasStopped ? 'continued' : undefined
  for (const task of group.tasks) {
    if (task.state !== 'stopped') continue
    task.state = 'running'
    task.attention = true
    task.schedule()
  }
  return wasStopped
}
