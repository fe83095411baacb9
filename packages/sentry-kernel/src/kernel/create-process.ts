// Starting a process from outside: the first one of a container, and later ones (exec). (kernel core)

import { AT_FDCWD, EACCES, ENOENT, ENOMEM, ENOTDIR, type Errno } from '@tsvisor/abi'
import type { CgroupSet } from '../cgroup/cgroup-set.ts'
import { kernelControlGroups } from '../cgroup/control-groups.ts'
import { openExecutable } from '../loader/executable.ts'
import { loadImage } from '../loader/load-image.ts'
import { MemoryManager } from '../mm/memory-manager.ts'
import { SignalActions } from '../signal/signal-actions.ts'
import type { Credentials } from '../task/credentials.ts'
import { FsContext } from '../task/fs-context.ts'
import type { ResourceLimits } from '../task/limits.ts'
import { initialNamespaces, type NsProxy } from '../task/ns-proxy.ts'
import { ProcessGroup } from '../task/process-group.ts'
import { Session } from '../task/session.ts'
import { Task } from '../task/task.ts'
import { ThreadGroup } from '../task/thread-group.ts'
import { watchCpuLimit } from '../time/cpu-limit.ts'
import { FdTable } from '../vfs/fd-table.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import { DIRECTORY, FOLLOW, resolve } from '../vfs/namei.ts'
import type { Path } from '../vfs/path.ts'
import type { Container } from './container.ts'
import type { Kernel } from './kernel.ts'

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** What a new process starts with. Texts are byte strings. */
export interface ProcessOptions {
  /** The executable: a path in the guest; without a slash it is searched in PATH of `env`. */
  readonly file: string
  /** argv, the program's name included. */
  readonly argv: readonly string[]
  readonly env: readonly string[]
  /** Absolute, in the guest. Default "/". */
  readonly cwd?: string
  readonly creds: Credentials
  readonly limits?: ResourceLimits
  readonly mounts: MountNamespace
  /** Default: the root of `mounts`. */
  readonly root?: Path
  /** Default 0o022. */
  readonly umask?: number
  /** Descriptors 0, 1, 2 …; the process takes over the references. */
  readonly stdio: readonly FileDescription[]
  readonly oomScoreAdj?: number
  /**
   * For the first process: 'init' (default) ignores signals that it has no handler for, as Linux's
   * pid 1; 'ordinary' dies of them.
   */
  readonly signals?: 'init' | 'ordinary'
  /**
   * Runs when everything is set up, before the program is loaded: to give it a terminal, or what `argv` and
   * `env` are to hold.
   */
  readonly prepare?: (task: Task) => void
  /** Loads the program in place of the ELF loader (harnesses). */
  readonly load?: (task: Task) => void
  /** Where it belongs; it gives the process its PID namespace. Default: none, and the root namespace. */
  readonly container?: Container
  /** Default: the container's, or the kernel's. */
  readonly namespaces?: NsProxy
  /** Default: the roots of the container's. */
  readonly cgroups?: CgroupSet
  /** `held`: it runs no guest code before `Task.release`. */
  readonly begin?: 'held'
  /** The wait status at its end. */
  readonly onEnd?: (status: number) => void
}

/**
 * Makes a process in its own session and job, ready to run. Errors: the Errno of finding or loading
 * the program or of `cwd`; then nothing is left behind.
 */
export function startProcess(kernel: Kernel, options: ProcessOptions): ThreadGroup {
  let task: Task
  try {
    task = makeTask(kernel, options)
  } catch (error) {
    for (const file of options.stdio) file.release()
    throw error
  }
  const { group } = task
  try {
    if (options.cwd !== undefined)
      task.fs.cwd = resolve(task, AT_FDCWD, options.cwd, FOLLOW | DIRECTORY)
    options.prepare?.(task)
    if (options.load) options.load(task)
    else load(task, options)
  } catch (error) {
    abandon(task)
    throw error
  }
  watchCpuLimit(group)
  if (options.begin === 'held') {
    task.held = true
    task.attention = true
  } else {
    if (task.container?.paused || task.cgroups.holds) task.attention = true
    task.schedule()
  }
  return group
}

/** A task with nothing in its memory. Errors: what the platform or the numbers have run out of. */
function makeTask(kernel: Kernel, options: ProcessOptions): Task {
  const { container } = options
  const namespace = container?.pidNamespace ?? kernel.rootPidNamespace
  // As fork into it: there is nobody to take its orphans.
  if (namespace.init?.ended) throw ENOMEM
  const space = kernel.platform.newAddressSpace()
  const mm = new MemoryManager(space, kernel)
  const thread = space.newThread(undefined)
  const root = options.root ?? options.mounts.rootPath
  const fds = new FdTable()
  options.stdio.forEach((file, fd) => {
    fds.replace(fd, file, false)
  })
  const group = new ThreadGroup({
    actions: new SignalActions(),
    ...(options.limits ? { limits: options.limits } : {}),
    startNs: kernel.clock.monotonicNs(),
  })
  const groups = container?.controlGroups ?? kernelControlGroups(kernel)
  const pid = namespace.allocate()
  const task = new Task({
    kernel,
    pid,
    group,
    thread,
    mm,
    fds,
    fs: new FsContext(root, root, options.umask ?? 0o022),
    mounts: options.mounts.share(),
    namespaces: options.namespaces ?? container?.namespaces ?? initialNamespaces(kernel, groups),
    creds: options.creds,
    name: options.file.slice(options.file.lastIndexOf('/') + 1).slice(0, 15),
    container,
    cgroups: options.cgroups ?? groups.initial,
  })
  group.leader = task
  group.oomScoreAdj = options.oomScoreAdj ?? 0
  group.onEnd = options.onEnd
  group.killable = options.signals === 'ordinary'
  new ProcessGroup(pid, new Session(pid, group)).join(group)
  namespace.init ??= group
  return task
}

function load(task: Task, { file, argv, env }: ProcessOptions): void {
  const filename = file.includes('/') ? file : search(task, file, env)
  loadImage(task, {
    file: openExecutable(task, AT_FDCWD, filename),
    filename,
    argv,
    envp: env,
    reachable: 'reachable',
  })
}

/** As execvp: the first executable in PATH. Errors: ENOENT, or EACCES when one was found but not allowed. */
function search(task: Task, name: string, env: readonly string[]): string {
  const path = env.find(entry => entry.startsWith('PATH='))?.slice(5) ?? DEFAULT_PATH
  let refusal: Errno = ENOENT
  for (const directory of path.split(':')) {
    const filename = `${directory === '' ? '.' : directory}/${name}`
    try {
      openExecutable(task, AT_FDCWD, filename).release()
      return filename
    } catch (error) {
      if (error === EACCES) refusal = EACCES
      else if (error !== ENOENT && error !== ENOTDIR) throw error
    }
  }
  throw refusal
}

function abandon(task: Task): void {
  const { group } = task
  for (const file of task.fds.drop()) file.release()
  task.state = 'dead'
  group.tasks.delete(task)
  group.processGroup.leave(group)
  group.ended = true
  task.pid.task = undefined
  task.pid.releaseIfUnused()
  const { namespace } = task.pid
  if (namespace.init === group) namespace.init = undefined
  task.cgroups.remove(task)
  task.container?.remove(task, 0)
  task.mm.release()
  task.namespaces.ipc.drop()
}
