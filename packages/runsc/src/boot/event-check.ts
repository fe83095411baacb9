// Checks of control events: a guest may have taken over the sandbox process that sends them. (runsc)

import {
  boolean,
  byteString,
  type Check,
  count,
  either,
  integer,
  list,
  object,
  oneOf,
  optional,
  string,
  tagged,
} from './check.ts'
import type { ContainerStats, ControlEvent, ProcessInfo } from './control.ts'

export const pid = integer(1, 0x7fff_ffff)
const status = integer(0, 255)
/** For people: one line or a few. */
const message: Check<string> = (value, path) => string(value, path).slice(0, 65536)

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
