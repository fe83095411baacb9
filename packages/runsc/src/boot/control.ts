// The control protocol: what the command asks of a sandbox process, and what it answers. (runsc)
//
// The same messages on fd 3, between a sandbox process and the command that started it, and on each
// connection to the sandbox's listening socket. A connection carries one request after the other, and
// each gets one reply, in order: the one named beside it, or `error`. `exited` and `fatal` are no replies:
// they come when they come, for the one `exec` or `wait` (or `boot`) of the connection. Descriptors travel
// by SCM_RIGHTS with the first byte of the frame that names them in `passes`, in that order.
//
// `container` absent means the sandbox's first container. Frames: ./frames.ts. Checks: ./request-check.ts,
// ./event-check.ts.

import type {
  BootConfig,
  BootProcess,
  ByteString,
  ContainerConfig,
  ContainerLimits,
} from './boot-config.ts'

/** A descriptor that comes with a request. */
export type PassedName =
  /** A listening unix stream socket, which the sandbox process accepts connections on. */
  | 'server'
  /** A connected stream socket to a gofer. */
  | 'gofer'
  | 'stdin'
  | 'stdout'
  | 'stderr'
  /**
   * A connected stream socket that gets the container's `exited`. What comes from it are signals and
   * sizes for that container, nothing else; when its far end goes, nobody cares.
   */
  | 'observer'
  /** A file that gets the exit status of the container, in decimal. */
  | 'status'
  /** Where strace lines go from now on. */
  | 'log'
  /** What the new process has under that number, 3 or higher. */
  | `fd${number}`

/** A request that comes with descriptors. Without `passes` there are none. */
interface Passing {
  readonly passes?: readonly PassedName[]
}
/** A request about one container. */
interface OfContainer {
  readonly container?: string
}

/**
 * fd 3 only, the first, once. `passes`: server, status, fd*, and stdin, stdout, stderr in place of the inherited 0,
 * 1 and 2. With a terminal the three are its slave, which becomes the controlling terminal of the
 * sandbox process (whose session has none) and raw. → `created` for startMode `create`, `started` for
 * `run`, `fatal` when that fails. Later `exited`, or `fatal`.
 */
export interface BootRequest extends Passing {
  readonly type: 'boot'
  readonly config: BootConfig
}

/**
 * One more container in this sandbox, with its own root, built but not started. `passes`: gofer, stdin,
 * stdout, stderr [, observer, status, fd*]. → `created`
 */
export interface CreateRequest extends Passing {
  readonly type: 'create'
  readonly config: ContainerConfig
}

/**
 * Runs the startContainer hooks in the container, then lets its first process go. → `done`
 * Errors: "cannot start a container that has stopped", "cannot start an already running container", a
 * hook that failed (and then the container is stopped).
 */
export interface StartRequest extends OfContainer {
  readonly type: 'start'
  /** The state of the container as JSON, for the hooks' stdin. */
  readonly state?: string
}

/**
 * One more process in a running container. `passes`: stdin, stdout, stderr, fd*; with a terminal the three
 * are one, in raw mode, that is bridged to a guest terminal. → `started` with the guest's pid, then
 * `exited`. On the connection `signal` and `winsize` of target `exec` mean this process. `error` has the status for the command: 126, 127, 255 for what is not its fault.
 */
export interface ExecRequest extends OfContainer, Passing {
  readonly type: 'exec'
  readonly process: BootProcess
  /** `wait`: it runs when the container is resumed. Default: an error. */
  readonly ifPaused?: 'wait'
  /** When the client goes, it is killed. Default: it lives on. */
  readonly ifAlone?: 'kill'
}

/**
 * → `done`. `foreground`: the foreground job of the first process's terminal, or else that process, as a
 * key of the terminal would. `exec`: what this connection started. A number is a pid in the container's
 * PID namespace. Errors: "container not running", "no such process".
 */
export interface SignalRequest extends OfContainer {
  readonly type: 'signal'
  /** 1…64 */
  readonly signo: number
  readonly target: 'init' | 'foreground' | 'all' | 'exec' | number
}

/** The host terminal's size has changed. → `done` */
export interface WinsizeRequest extends OfContainer {
  readonly type: 'winsize'
  /** 0…65535 */
  readonly rows: number
  readonly columns: number
  /** Default: the first process, or on a connection that exec'ed, that one. */
  readonly pid?: number
}

/**
 * → `done`, then `exited`, at once for what has ended. `pid`: a process that exec started; its status is
 * kept until somebody has asked for it, or too many others have ended since.
 */
export interface WaitRequest extends OfContainer {
  readonly type: 'wait'
  readonly pid?: number
}

export interface LimitsRequest extends OfContainer {
  readonly type: 'update'
  readonly limits: ContainerLimits
}

/** From the command to the sandbox process. */
export type ControlRequest =
  | BootRequest
  | CreateRequest
  | StartRequest
  | ExecRequest
  | SignalRequest
  | WinsizeRequest
  | WaitRequest
  | LimitsRequest
  /** → `state` */
  | ({ readonly type: 'state' } & OfContainer)
  /** → `processes`: all of the container, zombies excepted. */
  | ({ readonly type: 'ps' } & OfContainer)
  /**
   * No guest code of the container runs from the reply on until `resume`; time goes on. → `done`
   * Errors: "container not running" (also of one that is paused already, as runc), "container is not paused".
   */
  | ({ readonly type: 'pause' } & OfContainer)
  | ({ readonly type: 'resume' } & OfContainer)
  /** → `stats` */
  | ({ readonly type: 'stats' } & OfContainer)
  /** Every system call to the log from now on, or no longer. `passes`: [log]. → `done` */
  | ({ readonly type: 'strace'; readonly enabled: boolean } & Passing)
  /** → `text`: every task, what it does and what it waits for. */
  | { readonly type: 'stacks' }
  /** Kill every guest process, then leave with the status of the first. → `done` */
  | { readonly type: 'terminate' }
  /** Forget a container that has stopped, never the first. → `done`. Errors: "container is running". */
  | { readonly type: 'destroy'; readonly container: string }

/** From the sandbox process to the command. */
export type ControlEvent =
  /** The container is built, its program loaded; it waits for `start`. */
  | { readonly type: 'created' }
  /** The first process runs; or for `exec`, with the pid that the guest sees, that one. */
  | { readonly type: 'started'; readonly pid?: number }
  /**
   * A process has ended: the container's first, or what `exec` started or `wait` asked for. `status` is
   * what the shell would call it: 0…255, 128 + signal when a signal killed it. On fd 3 it is the last
   * message, and the sandbox process exits with it too.
   */
  | { readonly type: 'exited'; readonly status: number }
  /**
   * fd 3 only, the last message. The container could not be started or run: one line for the user.
   * `status` is the exit code of the command: 126 not executable, 127 not found, else 128.
   * `lost`: the connection to the gofer broke; whoever sees how the gofer ended knows more.
   */
  | {
      readonly type: 'fatal'
      readonly message: string
      readonly status: number
      readonly lost?: 'gofer'
    }
  /** fd 3 only. */
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  | { readonly type: 'done' }
  /** The request could not be carried out: one line for the user. `status` as for `fatal`. */
  | { readonly type: 'error'; readonly message: string; readonly status?: number }
  | { readonly type: 'state'; readonly state: ContainerState; readonly status?: number }
  | { readonly type: 'processes'; readonly list: readonly ProcessInfo[] }
  | { readonly type: 'stats'; readonly stats: ContainerStats }
  | { readonly type: 'text'; readonly text: string }

/** `stopped` goes with the exit status. */
export type ContainerState = 'created' | 'running' | 'paused' | 'stopped'

export interface ProcessInfo {
  /** As seen in the container's PID namespace; 0: a parent outside of it. */
  readonly pid: number
  readonly ppid: number
  /** Its name by the container's /etc/passwd, or its number. */
  readonly user: ByteString
  /** Milliseconds since 1970. */
  readonly startTimeMs: number
  readonly cpuTimeNs: number
  /** "pts/0", or "?" */
  readonly tty: string
  /** The arguments with blanks between them, or the name in brackets where there are none. */
  readonly command: ByteString
  /** What its kernel calls it: 15 bytes at most. */
  readonly name: ByteString
  readonly threads: number
  readonly uid: number
  /** One letter, as in /proc/PID/stat. */
  readonly state: string
  /** 0: outside of the container's PID namespace. */
  readonly processGroup: number
  readonly session: number
  /** Whether its job is the one that its terminal listens to. */
  readonly foreground: boolean
  /** -20…19 */
  readonly nice: number
  readonly virtualBytes: number
  readonly residentBytes: number
  /** What the guest has of memory. */
  readonly totalBytes: number
}

export interface ContainerStats {
  /** Of the container's processes since its start. */
  readonly cpuTimeNs: number
  readonly memory: {
    /** Resident memory of its processes; what they share counts in each. */
    readonly usageBytes: number
    readonly limitBytes: number | null
  }
  /** Tasks. */
  readonly pids: { readonly current: number; readonly limit: number | null }
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'error'

/** What requests and their errors are called by other runtimes, and matched by engines. */
export const MESSAGES = {
  notRunning: 'container not running',
  noContainer: 'container does not exist',
  noProcess: 'no such process',
  stopped: 'cannot start a container that has stopped',
  started: 'cannot start an already running container',
  paused: 'cannot exec in a paused container',
  stoppedExec: 'cannot exec in a stopped container',
  notPaused: 'container is not paused',
  exists: 'container with given ID already exists',
  running: 'container is running',
} as const
