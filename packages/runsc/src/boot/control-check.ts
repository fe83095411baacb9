// Checks of control messages. A client may be anybody; a guest may have taken over a sandbox process. (runsc)

import {
  boolean,
  byteString,
  type Check,
  count,
  either,
  integer,
  list,
  Malformed,
  object,
  oneOf,
  optional,
  string,
  tagged,
} from './check.ts'
import { checkBoot, checkContainer, checkLimits, checkProcess } from './config-check.ts'
import type {
  ContainerStats,
  ControlEvent,
  ControlRequest,
  PassedName,
  ProcessInfo,
} from './control.ts'

const container = optional(string)
const pid = integer(1, 0x7fff_ffff)
const cells = integer(0, 0xffff)
const status = integer(0, 255)
/** For people: one line or a few. */
const message: Check<string> = (value, path) => string(value, path).slice(0, 65536)

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

const limit = either(count, oneOf(null))

/** Throws Malformed. */
export const checkEvent = tagged<ControlEvent>({
  created: {},
  started: { pid: optional(pid) },
  exited: { status },
  fatal: { message, status, lost: optional(oneOf('gofer')) },
  log: { level: oneOf('debug', 'info', 'warning', 'error'), message },
  done: {},
  error: { message, status: optional(status) },
  state: {
    state: oneOf('created', 'running', 'paused', 'stopped'),
    status: optional(status),
  },
  processes: {
    list: list(
      object<ProcessInfo>({
        pid,
        ppid: count,
        user: byteString,
        startTimeMs: count,
        cpuTimeNs: count,
        tty: string,
        command: byteString,
        name: byteString,
        threads: count,
        uid: count,
        state: string,
        processGroup: count,
        session: count,
        foreground: boolean,
        nice: integer(-20, 19),
        virtualBytes: count,
        residentBytes: count,
        totalBytes: count,
      }),
    ),
  },
  stats: {
    stats: object<ContainerStats>({
      cpuTimeNs: count,
      memory: object<ContainerStats['memory']>({ usageBytes: count, limitBytes: limit }),
      pids: object<ContainerStats['pids']>({ current: count, limit }),
    }),
  },
  text: { text: string },
})
