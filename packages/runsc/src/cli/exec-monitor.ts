// The process that stands for a detached exec on the host; `exec --detach` starts it. (runsc)

import { monitorExec } from '../container/exec-monitor.ts'
import type { Verb } from './verb.ts'

export const execMonitor: Verb = (program, session) => {
  program
    .command('exec-monitor', { hidden: true })
    .description('for exec --detach')
    .action(async () => {
      session.exit(await monitorExec(await session.store()))
    })
}
