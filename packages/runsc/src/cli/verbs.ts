// All verbs. (runsc)

import { completion } from './completion.ts'
import { create } from './create.ts'
import { debug } from './debug.ts'
import { deleteVerb } from './delete.ts'
import { doVerb } from './do.ts'
import { events } from './events.ts'
import { exec } from './exec.ts'
import { execMonitor } from './exec-monitor.ts'
import { features } from './features.ts'
import { install } from './install.ts'
import { kill } from './kill.ts'
import { list } from './list.ts'
import { pause } from './pause.ts'
import { ps } from './ps.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { spec } from './spec.ts'
import { start } from './start.ts'
import { state } from './state.ts'
import { syscalls } from './syscalls.ts'
import { uninstall } from './uninstall.ts'
import { update } from './update.ts'
import type { Verbs } from './verb.ts'
import { wait } from './wait.ts'

/** By name, in the order that help shows them. */
export const VERBS: Verbs = {
  do: doVerb,
  run,
  spec,
  create,
  start,
  state,
  exec,
  ps,
  kill,
  wait,
  pause,
  resume,
  delete: deleteVerb,
  list,
  events,
  update,
  debug,
  features,
  syscalls,
  install,
  uninstall,
  completion,
  'exec-monitor': execMonitor,
}
