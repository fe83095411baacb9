// The columns of ps(1) that are known of a guest's processes. (runsc)

import type { ProcessInfo } from '../boot/control.ts'
import { fromBytes } from '../bundle/byte-string.ts'

export interface Column {
  readonly header: string
  /** Numbers stand at the right. */
  readonly align: 'left' | 'right'
  /** Characters at least. */
  readonly width: number
  readonly text: (process: ProcessInfo, nowMs: number) => string
}

const DAY_MS = 86_400_000
const PERCENT = 100

const left = (header: string, width: number, text: Column['text']): Column => {
  return { header, align: 'left', width, text }
}
const right = (header: string, width: number, text: Column['text']): Column => {
  return { header, align: 'right', width, text }
}

const user = left('USER', 8, process => printable(fromBytes(process.user)))
const uid = right('UID', 5, process => String(process.uid))
const pgid = right('PGID', 7, process => String(process.processGroup))
const sid = right('SID', 7, process => String(process.session))
const cpu = right('%CPU', 4, (process, now) => cpuPercent(process, now).toFixed(1))
const mem = right('%MEM', 4, ({ residentBytes, totalBytes }) =>
  Math.min(99.9, (residentBytes * PERCENT) / Math.max(1, totalBytes)).toFixed(1),
)
const vsz = right('VSZ', 6, ({ virtualBytes }) => kibibytes(virtualBytes))
const rss = right('RSS', 5, ({ residentBytes }) => kibibytes(residentBytes))
const tty = left('TTY', 8, process => printable(process.tty))
const state = left('S', 1, process => printable(process.state))
const start = left('STIME', 5, ({ startTimeMs }, now) => startedAt(startTimeMs, now, 'HH:MM'))
const time = right('TIME', 8, ({ cpuTimeNs }) => clock(cpuTimeNs / 1e9))
const name = left('COMMAND', 15, process => printable(fromBytes(process.name)))
const command = left('COMMAND', 7, process => printable(fromBytes(process.command)))
const nice = right('NI', 3, process => String(process.nice))

const called = (column: Column, header: string): Column => ({ ...column, header })

/** By what `-o` calls them, with the aliases that ps(1) has. */
export const COLUMNS: Readonly<Record<string, Column>> = {
  ...{ user, uname: user, euser: called(user, 'EUSER') },
  ...{ uid, euid: called(uid, 'EUID') },
  pid: right('PID', 7, ({ pid }) => String(pid)),
  ppid: right('PPID', 7, ({ ppid }) => String(ppid)),
  ...{ pgid, pgrp: called(pgid, 'PGRP'), sid, sess: called(sid, 'SESS') },
  c: right('C', 2, (process, now) => String(Math.floor(Math.min(99, cpuPercent(process, now))))),
  ...{ '%cpu': cpu, pcpu: cpu, '%mem': mem, pmem: mem },
  ...{ vsz, vsize: vsz, rss, rssize: rss },
  ...{ tty: called(tty, 'TT'), tt: called(tty, 'TT'), tname: tty },
  ...{ s: state, state },
  stat: left('STAT', 4, statText),
  ...{ stime: start, start_time: called(start, 'START') },
  start: right('STARTED', 8, ({ startTimeMs }, now) => startedAt(startTimeMs, now, 'HH:MM:SS')),
  ...{ time, cputime: time },
  bsdtime: right('TIME', 6, ({ cpuTimeNs }) => minutes(cpuTimeNs / 1e9)),
  etime: right('ELAPSED', 11, (process, now) => elapsed(lifeMs(process, now) / 1000)),
  etimes: right('ELAPSED', 7, (process, now) => String(Math.floor(lifeMs(process, now) / 1000))),
  ...{ ni: nice, nice },
  ...{ nlwp: right('NLWP', 4, ({ threads }) => String(threads)) },
  ...{ comm: name, ucmd: called(name, 'CMD'), ucomm: name },
  ...{ args: command, command, cmd: called(command, 'CMD') },
}

/** The letter and what stands behind it in ps(1), "PROCESS STATE CODES". */
function statText({ state: letter, nice: by, session, pid, threads, foreground }: ProcessInfo) {
  const priority = by < 0 ? '<' : by > 0 ? 'N' : ''
  const leads = session === pid ? 's' : ''
  return printable(letter) + priority + leads + (threads > 1 ? 'l' : '') + (foreground ? '+' : '')
}

const lifeMs = ({ startTimeMs }: ProcessInfo, nowMs: number): number =>
  Math.max(1, nowMs - startTimeMs)

/** Of its life that it was on a CPU. */
const cpuPercent = (process: ProcessInfo, nowMs: number): number =>
  Math.min(999, (process.cpuTimeNs / 1e6 / lifeMs(process, nowMs)) * PERCENT)

const kibibytes = (bytes: number): string => String(Math.floor(bytes / 1024))

/** The time of today, the date of what is older. */
function startedAt(timeMs: number, nowMs: number, { length }: 'HH:MM' | 'HH:MM:SS'): string {
  const text = new Date(timeMs).toString()
  return nowMs - timeMs < DAY_MS
    ? text.slice(16, 16 + length)
    : `${text.slice(4, 7)}${text.slice(8, 10)}`
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
const clock = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(two).join(':')
const minutes = (seconds: number): string => `${Math.floor(seconds / 60)}:${two(seconds % 60)}`

/** [[dd-]hh:]mm:ss */
function elapsed(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  if (days > 0) return `${days}-${clock(seconds % 86_400)}`
  return seconds < 3600 ? clock(seconds).slice(3) : clock(seconds)
}

/** The guest chooses its arguments; the terminal of whoever looks is not its own. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?')
