// procfs: the processes of a PID namespace, and the system around them. (fs/proc)
// Linux fs/proc; gVisor pkg/sentry/fsimpl/proc.

import { ENOENT, PROC_SUPER_MAGIC } from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Pid, PidNamespace } from '../../task/pid-namespace.ts'
import type { Task } from '../../task/task.ts'
import { Kernfs } from '../kernfs/kernfs.ts'
import type { DirectoryNode, Node } from '../kernfs/node.ts'
import type { HidePid, ProcContext, ProcfsOptions } from './context.ts'
import { isVisible, subjectDirectory } from './pid/directory.ts'
import { PROCESS_ENTRIES } from './pid/entries.ts'
import { Subject } from './pid/subject.ts'
import { PROCESS_NUMBER } from './pid/threads.ts'
import { selfLinks, systemEntries } from './root.ts'

export interface NewProcfs {
  readonly kernel: Kernel
  /** Whose processes it shows, by the numbers that they have there. */
  readonly pidNamespace: PidNamespace
  readonly dev: number
  readonly options?: ProcfsOptions
}

/** A new instance. */
export function newProcfs({ kernel, pidNamespace, dev, options = {} }: NewProcfs): Kernfs {
  const context: ProcContext = { kernel, namespace: pidNamespace, options }
  return new Kernfs({
    type: 'proc',
    dev,
    magic: PROC_SUPER_MAGIC,
    created: () => kernel.clock.realtime(),
    noCreate: ENOENT,
    mountOptions: shownOptions(options),
    root: rootDirectory(context),
  })
}

const HIDE_PID_NAMES: Readonly<Record<HidePid, string>> = {
  off: 'off',
  noaccess: 'noaccess',
  invisible: 'invisible',
  ptraceable: 'ptraceable',
}

function shownOptions({ gid, hidePid, subset }: ProcfsOptions): string[] {
  const shown: string[] = []
  if (gid) shown.push(`gid=${gid}`)
  if (hidePid !== undefined && hidePid !== 'off') shown.push(`hidepid=${HIDE_PID_NAMES[hidePid]}`)
  if (subset !== undefined) shown.push(`subset=${subset}`)
  return shown
}

const LISTING: readonly HidePid[] = ['invisible', 'ptraceable']

function rootDirectory(context: ProcContext): DirectoryNode {
  const { namespace, options } = context
  const fixed = new Map(
    Object.entries({
      ...selfLinks(context),
      ...(options.subset === undefined && systemEntries(context)),
    }),
  )
  // By number object: a number that is used again is another process.
  const processes = new WeakMap<Pid, Node>()
  const nodeOf = (pid: Pid): Node => {
    let node = processes.get(pid)
    if (node === undefined) {
      node = subjectDirectory(new Subject(context, pid, 'process'), PROCESS_ENTRIES)
      processes.set(pid, node)
    }
    return node
  }
  const isShown = (reader: Task | undefined, task: Task) =>
    reader === undefined || isVisible(context, reader, task, LISTING)
  let subdirectories = 0
  for (const node of fixed.values()) if (node.kind === 'directory') subdirectories++
  return {
    kind: 'directory',
    mode: 0o555,
    get subdirectories() {
      let groups = 0
      for (const _ of namespace.groups()) groups++
      return subdirectories + groups
    },
    lookup: name => {
      if (!PROCESS_NUMBER.test(name)) return fixed.get(name)
      // A thread's number works too, although only processes are listed.
      const task = namespace.task(Number(name))
      return task && nodeOf(task.pid)
    },
    *list(reader) {
      yield* fixed
      const groups = [...namespace.groups()].map(group => group.leader)
      const numbered = groups.map(leader => [leader.pid.in(namespace), leader] as const)
      numbered.sort(([a], [b]) => a - b)
      for (const [number, leader] of numbered)
        if (isShown(reader, leader)) yield [String(number), nodeOf(leader.pid)]
    },
  }
}
