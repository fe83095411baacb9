// Making tasks: fork, vfork, clone, clone3. (task)
// Linux kernel/fork.c: copy_process, kernel_clone.

import {
  type Addr,
  CAP_SYS_ADMIN,
  CAP_SYS_RESOURCE,
  CLONE_CHILD_CLEARTID,
  CLONE_CHILD_SETTID,
  CLONE_CLEAR_SIGHAND,
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_PARENT,
  CLONE_PARENT_SETTID,
  CLONE_PIDFD,
  CLONE_PTRACE,
  CLONE_SETTLS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_UNTRACED,
  CLONE_VFORK,
  CLONE_VM,
  EAGAIN,
  EBADF,
  EINVAL,
  EPERM,
  ERESTARTNOINTR,
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_VFORK,
  PTRACE_EVENT_VFORK_DONE,
  RLIMIT_NPROC,
  SIGCHLD,
} from '@tsvisor/abi'
import { CgroupNamespace } from '../cgroup/cgroup-namespace.ts'
import type { CgroupSet } from '../cgroup/cgroup-set.ts'
import { setForChild } from '../cgroup/migrate.ts'
import { cgroupOf } from '../fs/cgroup/cgroupfs.ts'
import { maxNamespaces } from '../fs/proc/sys/user.ts'
import { ipcNamespaces } from '../ipc/ipc-namespace.ts'
import type { Blocking, Result } from '../kernel/blocking.ts'
import { Reg } from '../platform/registers.ts'
import { attachChild } from '../ptrace/attach.ts'
import type { Tracee } from '../ptrace/tracee.ts'
import { NO_ALT_STACK } from '../signal/task-signals.ts'
import { NetNamespace } from '../socket/net-namespace.ts'
import { watchCpuLimit } from '../time/cpu-limit.ts'
import { WaitQueue } from '../wait-queue.ts'
import { type Credentials, hasCapability, hasOwnCapability } from './credentials.ts'
import { credentialsForFlags } from './new-user-namespace.ts'
import type { NsProxy } from './ns-proxy.ts'
import { installPidFd } from './pid-file.ts'
import { type Pid, PidNamespace } from './pid-namespace.ts'
import { Task } from './task.ts'
import { ThreadGroup } from './thread-group.ts'

const NAMESPACES =
  CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP

/** What clone3's struct says; addresses are 0 where unused. */
export interface CloneRequest {
  /** CLONE_* in the low 32 bits. */
  readonly flags: number
  /** CLONE_CLEAR_SIGHAND: handlers of the child start at their defaults. */
  readonly handlers: 'inherit' | 'clear'
  readonly exitSignal: number
  /** Stack pointer of the child, 0 for a copy of the caller's. */
  readonly stack: number
  readonly tls: number
  readonly parentTid: number
  readonly childTid: number
  readonly pidfd: number
  /** CLONE_INTO_CGROUP: an open directory of cgroup2. */
  readonly cgroup?: number
}

/** Whether a 64-bit flags word asks for cleared handlers. */
export const handlersOf = (flags: number): CloneRequest['handlers'] =>
  Math.floor(flags / CLONE_CLEAR_SIGHAND) % 2 === 1 ? 'clear' : 'inherit'

/**
 * Makes a child or a thread and starts it; returns its number in the caller's PID namespace.
 * Errors: EINVAL (contradictory flags), EPERM (namespaces), EAGAIN (RLIMIT_NPROC, numbers), ENOMEM.
 */
export function cloneTask(task: Task, request: CloneRequest): Result {
  const { flags } = request
  if (request.handlers === 'clear' && (flags & CLONE_SIGHAND) !== 0) throw EINVAL
  // A signal that came before the call is delivered before there is a child (copy_process); above
  // all, nobody is born into a process that is being killed.
  if (task.exitStatus !== undefined || task.signalPending) throw ERESTARTNOINTR
  checkFlags(task, flags)
  const creds = credentialsForFlags(task, flags)
  checkNamespaces(creds, flags)
  const both = CLONE_NEWIPC | CLONE_SYSVSEM
  if ((flags & both) === both) throw EINVAL
  const cgroups = cgroupsOf(task, request)
  checkProcessCount(task, cgroups)
  // The host would refuse such a base when the child first runs.
  if ((flags & CLONE_SETTLS) !== 0 && request.tls >= task.mm.space.maxAddr) throw EPERM
  const { kernel } = task
  const thread = (flags & CLONE_THREAD) !== 0
  const namespace =
    (flags & CLONE_NEWPID) !== 0
      ? newPidNamespace(task.childPidNamespace, creds)
      : task.childPidNamespace
  const pid = namespace.allocate()
  let pidfd = -1
  try {
    if ((flags & CLONE_PIDFD) !== 0) {
      pidfd = installPidFd(task, pid, 0)
      task.mm.writeU32(request.pidfd as Addr, pidfd)
    }
    const child = copyTask(task, request, { pid, cgroups, creds })
    if (!thread) adopt(task, child, flags)
    setIds(task, child, request)
    kernel.forks++
    watchCpuLimit(child.group)
    const event = task.tracee && traceChild(task.tracee, child, request)
    child.schedule()
    const number = pid.in(task.pidNamespace)
    if ((flags & CLONE_VFORK) !== 0) {
      child.vforkDone = new WaitQueue()
      return waitForVfork(task, child, number, event)
    }
    return event === undefined ? number : reportChild(task, pid, number, event)
  } catch (error) {
    if (pidfd >= 0) task.fds.remove(pidfd).release()
    pid.task = undefined
    pid.releaseIfUnused()
    throw error
  }
}

function checkFlags(task: Task, flags: number): void {
  const has = (flag: number) => (flags & flag) !== 0
  if (has(CLONE_NEWNS | CLONE_NEWUSER) && has(CLONE_FS)) throw EINVAL
  if (has(CLONE_THREAD) && !has(CLONE_SIGHAND)) throw EINVAL
  if (has(CLONE_SIGHAND) && !has(CLONE_VM)) throw EINVAL
  if (has(CLONE_PARENT) && task.group.isNamespaceInit) throw EINVAL
  if (has(CLONE_THREAD)) {
    if (has(CLONE_NEWUSER | CLONE_NEWPID | CLONE_PIDFD)) throw EINVAL
    if (task.childPidNamespace !== task.pidNamespace) throw EINVAL
  }
  if (task.childPidNamespace.init?.ended) throw EAGAIN
}

/** `creds`: what makes them. Errors: EPERM without CAP_SYS_ADMIN; EINVAL for kinds that this kernel is built without. */
export function checkNamespaces(creds: Credentials, flags: number): void {
  if ((flags & (NAMESPACES | CLONE_NEWTIME)) === 0) return
  if (!hasOwnCapability(creds, CAP_SYS_ADMIN)) throw EPERM
  if ((flags & CLONE_NEWTIME) !== 0) throw EINVAL
}

/** Errors: EINVAL (of another's users), ENOSPC. */
export function newPidNamespace(
  parent: PidNamespace,
  { userNamespace }: Credentials,
): PidNamespace {
  if (!userNamespace.isWithin(parent.userNamespace)) throw EINVAL
  return new PidNamespace(parent, userNamespace)
}

/**
 * Those of `task` but for the kinds in `flags`, which are new, for who is in `cgroups`, and belong to the user
 * namespace of `creds`. Errors: ENOSPC.
 */
export function newNamespaces(
  task: Task,
  flags: number,
  { userNamespace }: Credentials,
  cgroups = task.cgroups,
): NsProxy {
  const has = (flag: number) => (flags & flag) !== 0
  const { kernel, namespaces } = task
  if (!has(CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP)) return namespaces
  return {
    uts: has(CLONE_NEWUTS) ? namespaces.uts.fork(userNamespace) : namespaces.uts,
    ipc: has(CLONE_NEWIPC)
      ? ipcNamespaces(kernel).make(maxNamespaces(kernel, 'ipc'), userNamespace)
      : namespaces.ipc,
    net: has(CLONE_NEWNET) ? new NetNamespace(userNamespace) : namespaces.net,
    cgroup: has(CLONE_NEWCGROUP)
      ? new CgroupNamespace(cgroups, 'made', userNamespace)
      : namespaces.cgroup,
  }
}

/** Errors: EBADF, ENOENT, EACCES, EBUSY, EOPNOTSUPP. */
function cgroupsOf(task: Task, { cgroup, flags }: CloneRequest): CgroupSet {
  if (cgroup === undefined) return task.cgroups
  const group = cgroupOf(task.fds.getAny(cgroup))
  if (group === undefined) throw EBADF
  return setForChild(task, group, (flags & CLONE_THREAD) !== 0 ? 'thread' : 'process')
}

function checkProcessCount(task: Task, cgroups: CgroupSet): void {
  const { creds, kernel, container } = task
  if (container !== undefined && container.tasks.size >= container.maxTasks) throw EAGAIN
  cgroups.checkFork()
  const limit = task.group.limits.soft(RLIMIT_NPROC)
  if (limit > 4_194_304 || creds.uid === 0) return
  if (hasCapability(creds, CAP_SYS_RESOURCE) || hasCapability(creds, CAP_SYS_ADMIN)) return
  let count = 0
  for (const other of kernel.rootPidNamespace.tasks()) if (other.creds.uid === creds.uid) count++
  if (count >= limit) throw EAGAIN
}

/** What is the child's own from the start. */
interface Birth {
  readonly pid: Pid
  readonly cgroups: CgroupSet
  readonly creds: Credentials
}

function copyTask(task: Task, request: CloneRequest, { pid, cgroups, creds }: Birth): Task {
  const { flags } = request
  const has = (flag: number) => (flags & flag) !== 0
  const shared = has(CLONE_VM)
  const memory = shared
    ? { mm: task.mm, thread: task.mm.space.newThread(task.thread) }
    : task.mm.fork(task.thread)
  if (shared) task.mm.hold()
  const child = new Task(
    {
      kernel: task.kernel,
      pid,
      group: has(CLONE_THREAD) ? task.group : copyGroup(task, request),
      thread: memory.thread,
      mm: memory.mm,
      fds: has(CLONE_FILES) ? task.fds.share() : task.fds.fork(),
      fs: has(CLONE_FS) ? task.fs : task.fs.fork(),
      mounts: task.mounts.share(),
      namespaces: newNamespaces(task, flags, creds, cgroups),
      creds,
      name: task.name,
      container: task.container,
      cgroups,
    },
    task,
  )
  if (!shared) child.mm.limits = child.group.limits
  child.signals.blocked.assign(task.signals.saved ?? task.signals.blocked)
  child.signals.altStack = shared && !has(CLONE_VFORK) ? NO_ALT_STACK : task.signals.altStack
  child.timerSlackNs = task.timerSlackNs
  child.memoryPolicy = task.memoryPolicy
  child.seccomp = task.seccomp
  child.seccompFilter = task.seccompFilter
  const { registers } = child.thread
  registers.copyFrom(task.thread.registers)
  registers.set(Reg.rax, 0)
  registers.set(Reg.orig_rax, -1)
  if (request.stack !== 0) registers.set(Reg.rsp, request.stack)
  if (has(CLONE_SETTLS)) registers.set(Reg.fs_base, request.tls)
  if (has(CLONE_NEWNS)) task.kernel.newMountNamespace(child)
  if (task.group.stopping || task.group.stopped || task.group.exitStatus !== undefined)
    child.attention = has(CLONE_THREAD)
  if (task.container?.paused || cgroups.holds) child.attention = true
  return child
}

function copyGroup(task: Task, request: CloneRequest): ThreadGroup {
  const { flags } = request
  const from = task.group
  const sibling = (flags & CLONE_PARENT) !== 0
  const actions = (flags & CLONE_SIGHAND) !== 0 ? from.actions : from.actions.fork()
  const group = new ThreadGroup({
    actions: request.handlers === 'clear' ? actions.forExec() : actions,
    limits: from.limits.fork(),
    exitSignal: sibling ? from.exitSignal : request.exitSignal,
    parent: sibling ? from.parent : from,
    startNs: task.kernel.clock.monotonicNs(),
  })
  group.creator = sibling ? from.creator : task
  group.dumpable = from.dumpable
  group.personality = from.personality
  group.oomScoreAdj = from.oomScoreAdj
  group.oomScoreAdjMin = from.oomScoreAdjMin
  group.coredumpFilter = from.coredumpFilter
  group.loginUid = from.loginUid
  return group
}

/** A new process takes its place: leader, job, namespace. */
function adopt(task: Task, child: Task, flags: number): void {
  const { group } = child
  group.leader = child
  task.group.processGroup.join(group)
  if ((flags & CLONE_NEWPID) !== 0 || child.pid.namespace.init === undefined)
    child.pid.namespace.init ??= group
}

function setIds(task: Task, child: Task, request: CloneRequest): void {
  const { flags } = request
  if ((flags & CLONE_PARENT_SETTID) !== 0) {
    // As Linux: a bad address is not an error here.
    poke(task, request.parentTid, child.pid.in(task.pidNamespace))
  }
  if ((flags & CLONE_CHILD_SETTID) !== 0) poke(child, request.childTid, child.pid.own)
  if ((flags & CLONE_CHILD_CLEARTID) !== 0) child.clearChildTid = request.childTid as Addr
}

function poke(task: Task, at: number, value: number): void {
  const word = new Uint8Array(4)
  new DataView(word.buffer).setUint32(0, value, true)
  task.mm.copyOut(at as Addr, word)
}

/** Whether the child is traced from its start; the PTRACE_EVENT_* of its birth if that is wanted. */
function traceChild(tracee: Tracee, child: Task, request: CloneRequest): number | undefined {
  const { flags, exitSignal } = request
  const vfork = (flags & CLONE_VFORK) !== 0
  const plain = (flags & CLONE_THREAD) === 0 && exitSignal === SIGCHLD
  const kind = vfork ? PTRACE_EVENT_VFORK : plain ? PTRACE_EVENT_FORK : PTRACE_EVENT_CLONE
  const event = (flags & CLONE_UNTRACED) === 0 && tracee.wants(kind) ? kind : undefined
  if (event !== undefined || (flags & CLONE_PTRACE) !== 0) attachChild(tracee, child)
  return event
}

function* reportChild(task: Task, pid: Pid, number: number, event: number): Blocking {
  const { tracee } = task
  if (tracee?.wants(event)) yield* tracee.event(event, pid.in(tracee.tracer.pidNamespace))
  return number
}

function* waitForVfork(
  task: Task,
  child: Task,
  number: number,
  event: number | undefined,
): Blocking {
  const { pid } = child
  const done = child.vforkDone!
  if (event !== undefined) yield* reportChild(task, pid, number, event)
  const sleep = {
    queues: [done],
    events: -1,
    deadlineNs: undefined,
    interruptedBy: 'kill',
  } as const
  while (child.vforkDone !== undefined) yield sleep
  return yield* reportChild(task, pid, number, PTRACE_EVENT_VFORK_DONE)
}
