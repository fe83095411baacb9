// What a process can set about itself through /proc/PID: comm, coredump_filter, timerslack_ns, loginuid, clear_refs. (fs/proc)
// Linux fs/proc/base.c: comm_write, proc_coredump_filter_write, timerslack_ns_write, proc_loginuid_write.

import { CAP_AUDIT_CONTROL, CAP_SYS_NICE, EINVAL, EPERM, ESRCH } from '@tsvisor/abi'
import { byteString } from '../../../mm/user-memory.ts'
import { hasCapability } from '../../../task/credentials.ts'
import { NO_ID } from '../../../task/id-map.ts'
import type { Task } from '../../../task/task.ts'
import { type FileNode, knob, parseInteger, textWrite } from '../../kernfs/node.ts'
import type { Entry, Subject } from './subject.ts'

const COMM_MAX = 15
const DEFAULT_SLACK_NS = 50_000

/** Threads of the process may name each other. */
export const comm: Entry = (subject): FileNode => ({
  kind: 'file',
  mode: 0o644,
  owner: subject.owner,
  read: () => `${subject.task.name}\n`,
  write: (writer, data) => {
    const { task } = subject
    if (task.group !== writer.group) throw EINVAL
    task.name = byteString(data.subarray(0, COMM_MAX)).replace(/\0.*$/s, '')
    return data.length
  },
})

export const coredumpFilter: Entry = subject =>
  knob(
    () =>
      subject.mm === undefined
        ? ''
        : `${subject.task.group.coredumpFilter.toString(16).padStart(8, '0')}\n`,
    (_writer, text) => {
      const value = parseInteger(text)
      if (value < 0 || value > NO_ID) throw EINVAL
      if (subject.mm === undefined) throw ESRCH
      subject.task.group.coredumpFilter = value % 0x200
    },
    0o644,
    { owner: subject.owner },
  )

/** Errors: EPERM for another task's without CAP_SYS_NICE. */
function slackTask(subject: Subject, other: Task): Task {
  const { task } = subject
  if (task !== other && !hasCapability(other.creds, CAP_SYS_NICE)) throw EPERM
  return task
}
export const timerslack: Entry = subject =>
  knob(
    reader => `${slackTask(subject, reader).timerSlackNs}\n`,
    (writer, text) => {
      const value = parseInteger(text)
      if (value < 0) throw EINVAL
      slackTask(subject, writer).timerSlackNs = value === 0 ? DEFAULT_SLACK_NS : value
    },
    0o666,
    { owner: subject.owner },
  )

/** Set once at login, by the process itself, for all that it starts. */
export const loginuid: Entry = subject => ({
  kind: 'file',
  mode: 0o644,
  owner: subject.owner,
  open: ({ creds: { userNamespace } }) => ({
    read: () => String(userNamespace.uids.fromKernel(subject.task.group.loginUid)),
    write: (writer, data, offset) => {
      if (writer !== subject.task) throw EPERM
      if (offset !== 0) throw EINVAL
      const text = byteString(data).trim()
      const value = text === '-1' ? NO_ID : parseInteger(text)
      if (value < 0 || value > NO_ID) throw EINVAL
      const uid = userNamespace.uids.toKernel(value)
      if (value !== NO_ID && uid === NO_ID) throw EINVAL
      const { group } = writer
      if (group.loginUid !== NO_ID && !hasCapability(writer.creds, CAP_AUDIT_CONTROL)) throw EPERM
      group.loginUid = uid
      return data.length
    },
  }),
})

/** 1…4 forget which pages were used, which nobody can see here; 5 forgets the peak. */
export const clearRefs: Entry = (subject): FileNode => ({
  kind: 'file',
  mode: 0o200,
  owner: subject.owner,
  write: textWrite((_writer, text) => {
    const value = parseInteger(text)
    if (value < 1 || value > 5) throw EINVAL
    if (subject.task.state === 'dead') throw ESRCH
  }),
})
