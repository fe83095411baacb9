// The system call table: declarations joined with the handlers of this folder. (syscalls)

import { type NamedSyscall, type SyscallName, syscallByNumber } from '@tsvisor/abi'
import type { Result } from '../kernel/blocking.ts'
import type { Task } from '../task/task.ts'
import * as aio from './aio.ts'
import * as archPrctl from './arch-prctl.ts'
import * as bpf from './bpf.ts'
import * as cachestat from './cachestat.ts'
import * as credentials from './credentials.ts'
import { type DecodedArgs, type Decoder, decoderOf } from './decode.ts'
import * as directory from './directory.ts'
import * as epoll from './epoll.ts'
import * as eventfd from './eventfd.ts'
import * as exec from './exec.ts'
import * as fcntl from './fcntl.ts'
import * as file from './file.ts'
import * as fileTimes from './file-times.ts'
import * as fsContext from './fs-context.ts'
import * as futex from './futex.ts'
import * as futex2 from './futex2.ts'
import type { Handler } from './handler.ts'
import * as inotify from './inotify.ts'
import * as ioctl from './ioctl.ts'
import * as lock from './lock.ts'
import * as membarrier from './membarrier.ts'
import * as memfd from './memfd.ts'
import * as memory from './memory.ts'
import * as metadata from './metadata.ts'
import * as mount from './mount.ts'
import * as mountAttributes from './mount-attributes.ts'
import * as mountStatus from './mount-status.ts'
import * as mountTree from './mount-tree.ts'
import * as mq from './mq.ts'
import * as msg from './msg.ts'
import * as namespace from './namespace.ts'
import * as numa from './numa.ts'
import * as pipe from './pipe.ts'
import * as poll from './poll.ts'
import * as prctl from './prctl.ts'
import * as process from './process.ts'
import * as processMemory from './process-memory.ts'
import * as ptrace from './ptrace.ts'
import * as readWrite from './read-write.ts'
import * as resource from './resource.ts'
import * as sched from './sched.ts'
import * as seccomp from './seccomp.ts'
import * as select from './select.ts'
import * as sem from './sem.ts'
import * as sendfile from './sendfile.ts'
import * as shm from './shm.ts'
import * as signal from './signal.ts'
import * as signalSend from './signal-send.ts'
import * as signalWait from './signal-wait.ts'
import * as signalfd from './signalfd.ts'
import * as socket from './socket.ts'
import * as socketMessage from './socket-message.ts'
import * as splice from './splice.ts'
import * as statfs from './statfs.ts'
import * as sysfs from './sysfs.ts'
import * as system from './system.ts'
import * as time from './time.ts'
import * as timer from './timer.ts'
import * as timerfd from './timerfd.ts'
import * as wait from './wait.ts'
import * as xattr from './xattr.ts'

type Handlers = { readonly [N in SyscallName]?: Handler<N> }

/** Add your module here: each export is the handler of the call of that name. */
const modules: readonly Handlers[] = [
  aio,
  archPrctl,
  bpf,
  cachestat,
  credentials,
  directory,
  epoll,
  eventfd,
  exec,
  fcntl,
  file,
  fileTimes,
  fsContext,
  futex,
  futex2,
  inotify,
  ioctl,
  lock,
  membarrier,
  memfd,
  memory,
  metadata,
  mount,
  mountAttributes,
  mountStatus,
  mountTree,
  mq,
  msg,
  namespace,
  numa,
  pipe,
  poll,
  prctl,
  process,
  processMemory,
  ptrace,
  readWrite,
  resource,
  sched,
  seccomp,
  select,
  sem,
  sendfile,
  shm,
  signal,
  signalSend,
  signalWait,
  signalfd,
  socket,
  socketMessage,
  splice,
  statfs,
  sysfs,
  system,
  time,
  timer,
  timerfd,
  wait,
  xattr,
]

/** One implemented call. */
export interface SyscallEntry {
  readonly decl: NamedSyscall
  readonly decode: Decoder
  readonly handle: (task: Task, args: DecodedArgs) => Result
}

/** Those that were asked for, by number. */
const entries: (SyscallEntry | undefined)[] = []

/** The call of that number; undefined when it is unknown or not implemented. */
export const syscallEntry = (nr: number): SyscallEntry | undefined => entries[nr] ?? find(nr)

// A program makes some fifty of the calls: the others are not joined.
function find(nr: number): SyscallEntry | undefined {
  const decl = syscallByNumber[nr]
  const handle = decl && modules.find(module => decl.name in module)?.[decl.name]
  if (!decl || !handle) return undefined
  const entry = {
    decl,
    decode: decoderOf(decl),
    handle: handle as unknown as SyscallEntry['handle'],
  }
  entries[nr] = entry
  return entry
}
