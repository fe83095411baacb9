// Replacing the program: execve(2), execveat(2). (syscalls)

import {
  type Addr,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  E2BIG,
  EINVAL,
  Errno,
  SIGCHLD,
  SIGSEGV,
} from '@tsvisor/abi'
import { type Blocking, KEEP_REGISTERS } from '../kernel/blocking.ts'
import { credentialsForExec } from '../loader/exec-credentials.ts'
import { openExecutable } from '../loader/executable.ts'
import { argumentLimit, type Image, prepareImage } from '../loader/image.ts'
import { commOf, enterProgram, installImage } from '../loader/load-image.ts'
import { leaveMemory } from '../mm/futex-exit.ts'
import { MemoryManager } from '../mm/memory-manager.ts'
import { afterExec } from '../ptrace/exec.ts'
import { NO_ALT_STACK } from '../signal/task-signals.ts'
import type { ExecCredentials } from '../task/credential-rules.ts'
import { becomeSingleThreaded } from '../task/exit.ts'
import type { Task } from '../task/task.ts'
import { EMPTY_PATH, FOLLOW } from '../vfs/namei.ts'
import { MAY_READ, permits } from '../vfs/permission.ts'
import type { Handler } from './handler.ts'

/** ADDR_NO_RANDOMIZE of personality(2). */
const ADDR_NO_RANDOMIZE = 0x004_0000
/** MMF_DUMPABLE after a set-id exec, or of an unreadable file (fs.suid_dumpable = 0). */
const NOT_DUMPABLE = 0

export const execve: Handler<'execve'> = (task, { pathname, argv, envp }) =>
  execute(task, AT_FDCWD, pathname, argv, envp, 0)

export const execveat: Handler<'execveat'> = (task, { dirfd, pathname, argv, envp, flags }) => {
  if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) throw EINVAL
  return execute(task, dirfd, pathname, argv, envp, flags)
}

/** Errors: those of execve(2). After the point of no return a failure kills with SIGSEGV. */
function* execute(
  task: Task,
  dirfd: number,
  pathname: Addr,
  argvAt: Addr,
  envpAt: Addr,
  flags: number,
): Blocking {
  const { mm } = task
  const path = mm.readPath(pathname)
  const limit = argumentLimit(task)
  const argv = mm.readStrings(argvAt, limit)
  let left = limit
  for (const text of argv) left -= text.length + 1 + 8
  if (left <= 0) throw E2BIG
  const envp = mm.readStrings(envpAt, left)

  const lookup =
    (flags & AT_SYMLINK_NOFOLLOW ? 0 : FOLLOW) | (flags & AT_EMPTY_PATH ? EMPTY_PATH : 0)
  const file = openExecutable(task, dirfd, path, lookup)
  const named = dirfd === AT_FDCWD || path.startsWith('/')
  const filename = named ? path : path === '' ? `/dev/fd/${dirfd}` : `/dev/fd/${dirfd}/${path}`
  const image = prepareImage(task, {
    file,
    filename,
    argv,
    envp,
    reachable: !named && task.fds.closesOnExec(dirfd) ? 'unreachable' : 'reachable',
  })
  try {
    const former = task.pid
    const credentials = credentialsForExec(task.creds, image.file, task.tracee?.tracerCreds)
    yield* becomeSingleThreaded(task)
    const result = replace(task, image, credentials)
    if (task.tracee !== undefined) yield* afterExec(task.tracee, former)
    return result
  } finally {
    image.release()
  }
}

/** The point of no return is behind the caller. */
function replace(task: Task, image: Image, { creds, secure }: ExecCredentials): number {
  const { group } = task
  leaveMemory(task)
  freshMemory(task)
  task.releaseVfork()

  group.actions = group.actions.forExec()
  task.signals.altStack = NO_ALT_STACK
  for (const timer of group.timers.values()) timer.cancel()
  group.timers.clear()
  unshareFiles(task)
  task.name = commOf(image.filename)
  if (secure === 'secure') group.deathSignal = 0
  const changed = creds.euid !== task.creds.euid || creds.egid !== task.creds.egid
  // What the caller may execute but not read, it shall not read from the process either.
  const readable = permits(task.creds, image.file.inode, MAY_READ)
  group.dumpable = changed || secure === 'secure' || !readable ? NOT_DUMPABLE : 1
  let { userNamespace } = creds
  // Who may look at it all the same: whose users the owner of the file is one of (would_dump).
  if (!readable)
    while (!userNamespace.knows(image.file.inode.attr())) userNamespace = userNamespace.parent!
  task.mm.userNamespace = userNamespace
  task.creds = creds
  group.hasExeced = true
  group.exitSignal = SIGCHLD
  try {
    const randomisation = group.personality & ADDR_NO_RANDOMIZE ? 'fixed' : 'random'
    const entry = installImage(task, task.mm, image, { creds, secure, randomisation })
    enterProgram(task.thread, entry)
  } catch (error) {
    if (!(error instanceof Errno)) throw error
    group.kill(SIGSEGV)
  }
  return KEEP_REGISTERS
}

/** Empty memory: the same address space cleared, or a new one when others (a vfork parent) use it. */
function freshMemory(task: Task): void {
  const old = task.mm
  if (!old.shared) {
    old.forget()
    old.space.clear(task.thread)
    old.reserveVdso()
    old.limits = task.group.limits
    return
  }
  const space = task.kernel.platform.newAddressSpace()
  const thread = space.newThread(undefined)
  task.thread.release()
  task.thread = thread
  thread.owner = task
  task.mm = new MemoryManager(space, task.kernel)
  task.mm.limits = task.group.limits
  old.release()
}

/** The descriptor table becomes the task's own; close-on-exec ones go. */
function unshareFiles(task: Task): void {
  if (task.fds.shared) {
    const own = task.fds.fork()
    task.fds.drop()
    task.fds = own
  }
  for (const file of task.fds.takeCloseOnExec()) {
    file.flush(task)
    file.release()
  }
}
