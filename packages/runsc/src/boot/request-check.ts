// Checks of control requests: a client may be anybody. (runsc)

import {
  boolean,
  either,
  integer,
  list,
  Malformed,
  oneOf,
  optional,
  string,
  tagged,
} from './check.ts'
import { checkBoot, checkContainer, checkLimits, checkProcess } from './config-check.ts'
import type { ControlRequest, PassedName } from './control.ts'
import { pid } from './event-check.ts'

const container = optional(string)
const cells = integer(0, 0xffff)

const passes = optional(
  list<PassedName>(
    either(
      oneOf('server', 'gofer', 'stdin', 'stdout', 'stderr', 'observer', 'status', 'log'),
      (value, path) => {
        if (typeof value !== 'string' || !/^fd([3-9]|[1-9]\d{1,2})$/.test(value))
          throw new Malformed(`${path}: the name of a descriptor expected`)
        return value as `fd${number}`
      },
    ),
  ),
)

/** Throws Malformed. */
export const checkRequest = tagged<ControlRequest>({
  boot: { config: checkBoot, passes },
  create: { config: checkContainer, passes },
  start: { container, state: optional(string) },
  exec: {
    ...{ container, process: checkProcess, passes },
    ifPaused: optional(oneOf('wait')),
    ifAlone: optional(oneOf('kill')),
  },
  signal: {
    container,
    signo: integer(1, 64),
    target: either(oneOf('init', 'foreground', 'all', 'exec'), pid),
  },
  winsize: { container, rows: cells, columns: cells, pid: optional(pid) },
  wait: { container, pid: optional(pid) },
  update: { container, limits: checkLimits },
  state: { container },
  ps: { container },
  pause: { container },
  resume: { container },
  stats: { container },
  strace: { enabled: boolean, passes },
  stacks: {},
  terminate: {},
  destroy: { container: string },
})
