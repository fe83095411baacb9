// The process or thread that a directory in /proc is about. (fs/proc)

import { EACCES, ENOENT, type Errno, ESRCH } from '@tsvisor/abi'
import type { MemoryManager } from '../../../mm/memory-manager.ts'
import type { Pid } from '../../../task/pid-namespace.ts'
import type { Task } from '../../../task/task.ts'
import type { Owner } from '../../../vfs/inode.ts'
import { type Content, type FileNode, file, type LinkNode, type Node } from '../../kernfs/node.ts'
import type { ProcContext } from '../context.ts'
import { dumpOwner, mayInspect } from './access.ts'

/** /proc/PID shows the process as a whole, /proc/PID/task/TID one thread. */
export type Scope = 'process' | 'thread'

export class Subject {
  readonly context: ProcContext
  readonly pid: Pid
  readonly scope: Scope

  constructor(context: ProcContext, pid: Pid, scope: Scope) {
    this.context = context
    this.pid = pid
    this.scope = scope
  }

  /** Errors: ESRCH once it is gone. */
  get task(): Task {
    const { task } = this.pid
    if (task === undefined) throw ESRCH
    return task
  }
  /** Its memory; none for a zombie. Errors: ESRCH. */
  get mm(): MemoryManager | undefined {
    const { task } = this
    return task.state === 'dead' ? undefined : task.mm
  }
  /** For directories and links, which are not there any more. Errors: ENOENT. */
  get present(): Task {
    const { task } = this.pid
    if (task === undefined) throw ENOENT
    return task
  }
  readonly owner = (): Owner => {
    const { task } = this.pid
    return task === undefined ? { uid: 0, gid: 0 } : dumpOwner(task)
  }
  /** A number as this mount's PID namespace has it. */
  number(pid: Pid): number {
    return pid.in(this.context.namespace)
  }
  /** Errors: `refusal` unless the reader may look inside; ESRCH. */
  check(reader: Task, refusal: Errno = EACCES): Task {
    const { task } = this
    if (!mayInspect(reader, task)) throw refusal
    return task
  }
  /** As check, for links. Errors: EACCES, ENOENT. */
  checkPresent(reader: Task): Task {
    const task = this.present
    if (!mayInspect(reader, task)) throw EACCES
    return task
  }
}

/** One entry of a process directory. */
export type Entry = (subject: Subject) => Node

/** A file that everybody may read. */
export const shown =
  (read: (task: Task, subject: Subject, reader: Task) => string | Uint8Array): Entry =>
  subject =>
    file(reader => read(subject.task, subject, reader), 0o444, { owner: subject.owner })

/** A file for those who may trace the process; others get `refusal` when they read. */
export const guarded =
  (
    read: (task: Task, subject: Subject, reader: Task) => string,
    refusal: Errno = EACCES,
    mode = 0o400,
  ): Entry =>
  subject =>
    file(reader => read(subject.check(reader, refusal), subject, reader), mode, {
      owner: subject.owner,
    })

/**
 * A file about the memory that the process has when it is opened: after an execve or its end there
 * is nothing more to see. Opening fails with EACCES for who may not trace the process.
 */
export const ofMemory =
  (make: (memory: HeldMemory, subject: Subject) => Content, mode = 0o444): Entry =>
  (subject): FileNode => ({
    kind: 'file',
    mode,
    owner: subject.owner,
    open: reader => {
      subject.check(reader)
      return make(new HeldMemory(subject.mm), subject)
    },
  })

/** Memory as it was when a file was opened. */
export class HeldMemory {
  readonly #mm: MemoryManager | undefined
  readonly #image: number

  constructor(mm: MemoryManager | undefined) {
    this.#mm = mm
    this.#image = mm?.image ?? 0
  }
  /** Undefined once it was replaced or given up. */
  get mm(): MemoryManager | undefined {
    return this.#mm?.image === this.#image ? this.#mm : undefined
  }
}

/** st_size of the links in fd. */
export const LINK_SIZE = 64

/** A magic link: `target` and `follow` run only for who may trace the process. */
export const magicLink =
  (
    target: (task: Task, reader: Task) => string,
    follow: (task: Task, reader: Task) => ReturnType<NonNullable<LinkNode['follow']>>,
  ): Entry =>
  subject => ({
    kind: 'link',
    mode: 0o777,
    owner: subject.owner,
    target: reader => target(subject.checkPresent(reader), reader),
    follow: reader => follow(subject.checkPresent(reader), reader),
  })
