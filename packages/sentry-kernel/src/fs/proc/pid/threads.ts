// /proc/PID/task: the threads of a process; and whose parent a thread is. (fs/proc)
// Linux fs/proc/base.c: proc_task_lookup, proc_task_readdir, proc_task_getattr; fs/proc/array.c: children_seq_show.

import { ENOENT } from '@tsvisor/abi'
import type { Pid } from '../../../task/pid-namespace.ts'
import type { DirectoryNode, Node } from '../../kernfs/node.ts'
import { subjectDirectory } from './directory.ts'
import { type Entry, Subject, shown } from './subject.ts'

/** Process numbers as the kernel prints them. */
export const PROCESS_NUMBER = /^[1-9]\d{0,9}$/

export const taskDirectory =
  (entries: Readonly<Record<string, Entry>>): Entry =>
  ({ context, pid, owner }): DirectoryNode => {
    const nodes = new WeakMap<Pid, Node>()
    const nodeOf = (thread: Pid): Node => {
      let node = nodes.get(thread)
      if (node === undefined) {
        node = subjectDirectory(new Subject(context, thread, 'thread'), entries)
        nodes.set(thread, node)
      }
      return node
    }
    const { namespace } = context
    /** The first one stays until the others have ended. */
    const threads = () => {
      const group = pid.task?.group
      return group && new Set([group.leader, ...group.tasks])
    }
    return {
      kind: 'directory',
      mode: 0o555,
      owner,
      get subdirectories() {
        return threads()?.size ?? 0
      },
      lookup: name => {
        if (!PROCESS_NUMBER.test(name)) return undefined
        const task = namespace.task(Number(name))
        return task !== undefined && task.group === pid.task?.group ? nodeOf(task.pid) : undefined
      },
      *list() {
        const tasks = threads()
        if (tasks === undefined) throw ENOENT
        for (const task of tasks) yield [String(task.pid.in(namespace)), nodeOf(task.pid)]
      },
    }
  }

/** Children count for the first thread: which one made them is not kept. */
export const children: Entry = shown((task, subject) => {
  if (!task.isLeader) return ''
  let text = ''
  for (const group of task.group.children) {
    const number = subject.number(group.leader.pid)
    if (number !== 0) text += `${number} `
  }
  return text
})
