// What the sandbox process is told before it starts: one JSON document. (runsc)
// The command makes it from a validated config.json; the boot side reads it and builds a Kernel.

import type { DeviceRule } from '@tsvisor/sentry-kernel'
import type { Owners } from './id-map.ts'

/**
 * Text that the guest sees (names, arguments, environment): one char (0…255) for each byte.
 * config.json is UTF-8, so the command has already encoded it; nobody below converts again.
 */
export type ByteString = string

/** File descriptors that the sandbox process inherits, by number. Stdio is 0, 1 and 2. */
export const SANDBOX_FDS = {
  /** Stream socket to the command: frames of {@link ./control.ts}; the boot config comes first. */
  control: 3,
  /** Stream socket to the gofer: 9P2000.L, file descriptors with SCM_RIGHTS. */
  gofer: 4,
  /** Debug log and strace text, append only; open only when {@link BootLog.debug} or strace is on. */
  log: 5,
} as const

export interface BootUser {
  readonly uid: number
  readonly gid: number
  readonly additionalGids: readonly number[]
  /** Octal bits, 0o022 when the configuration says nothing. */
  readonly umask: number
}

/** Capability sets by name ("CAP_CHOWN"). */
export interface BootCapabilities {
  readonly bounding: readonly string[]
  readonly effective: readonly string[]
  readonly inheritable: readonly string[]
  readonly permitted: readonly string[]
  readonly ambient: readonly string[]
}

export interface BootRlimit {
  /** "RLIMIT_NOFILE" … */
  readonly type: string
  readonly soft: number | 'unlimited'
  readonly hard: number | 'unlimited'
}

/** The first process of the container. */
export interface BootProcess {
  /** At least one. `args[0]` without a slash is searched in the PATH of `env`. */
  readonly args: readonly ByteString[]
  readonly env: readonly ByteString[]
  /** Absolute, in the guest. */
  readonly cwd: ByteString
  readonly user: BootUser
  readonly capabilities: BootCapabilities
  readonly rlimits: readonly BootRlimit[]
  readonly noNewPrivileges: boolean
  /**
   * The process gets a guest pty on 0, 1 and 2, and host fds 0 and 1 are the far side of it: they
   * are a terminal in raw mode, or a pty master. False: host fds 0, 1 and 2 as they are.
   */
  readonly terminal: boolean
  readonly consoleSize: { readonly rows: number; readonly columns: number }
  /** -1000…1000 */
  readonly oomScoreAdj: number
  readonly scheduler?: BootScheduler
  /** As ioprio_set(2) takes it. */
  readonly ioPriority?: number
  /** Of one that exec starts: its group by controller, '' for all. Absent: the top ones. */
  readonly cgroups?: Readonly<Record<ByteString, ByteString>>
}

/** As sched_setattr(2) takes it. */
export interface BootScheduler {
  /** SCHED_* */
  readonly policy: number
  readonly nice: number
  readonly priority: number
  readonly resetOnFork: boolean
}

/** How much the kernel may keep of what the gofer said: see the gofer file system. */
export type FileAccess = 'exclusive' | 'shared'

export interface BootRoot {
  /** The attach name (aname) of the root tree at the gofer. */
  readonly attach: string
  readonly readonly: boolean
  /** `memory`: changes stay in an overlay in memory, the host's tree is never written. */
  readonly overlay: 'memory' | 'none'
  readonly fileAccess: FileAccess
}

export interface BootMount {
  /** "proc", "tmpfs", "bind" … as the configuration names it; "bind" whenever `attach` is set. */
  readonly type: string
  /** As configured: what the guest's mountinfo shows. */
  readonly source: ByteString
  /** Absolute, in the guest. Mounts are made in this order; the directory or file is created. */
  readonly destination: ByteString
  /** As configured: "ro", "nosuid", "mode=1777" … */
  readonly options: readonly ByteString[]
  /** For binds: the tree's attach name at the gofer. A bind of one file attaches to a file. */
  readonly attach?: string
  readonly fileAccess?: FileAccess
}

/** A hierarchy of control groups, and where in it the guest's own start. */
export interface BootHierarchy {
  readonly version: 1 | 2
  /** "memory", "name=systemd" …; none with version 2. */
  readonly controllers: readonly string[]
  /** "/" with a cgroup namespace. */
  readonly path: ByteString
}

/** What the guest is told about its CPUs. */
export interface BootCpu {
  readonly count?: number
  readonly quotaUs?: number
  readonly periodUs?: number
  readonly shares?: number
}

/** A device node beside the default ones. */
export interface BootDevice {
  /** Absolute, in the guest. */
  readonly path: ByteString
  /** With the type: S_IFCHR, S_IFBLK or S_IFIFO. */
  readonly mode: number
  readonly major: number
  readonly minor: number
  readonly uid: number
  readonly gid: number
}

export interface BootLog {
  /** Kernel debug messages. */
  readonly debug: boolean
  /** Every system call, to the log fd. */
  readonly strace: boolean
}

/** What is done when the kernel no longer comes back to its loop. */
export interface BootWatchdog {
  /** `log`: its stacks go to the log. `panic`: and the sandbox ends. */
  readonly action: 'log' | 'panic'
  /** How long it may stay away, milliseconds. */
  readonly timeoutMs: number
}

/** A hook of the runtime-spec that runs in the container. */
export interface BootHook {
  readonly path: ByteString
  readonly args: readonly ByteString[]
  readonly env: readonly ByteString[]
  /** Seconds after which it is killed, and counts as failed. */
  readonly timeout?: number
}

/**
 * Where a further container of a sandbox has a namespace from: it is its own, that of the sandbox's first
 * container, or that of a container by its id.
 */
export type NamespaceSource = 'own' | 'sandbox' | { readonly container: string }

/** Namespaces of a container that joins a sandbox. Network: there is one for all. */
export interface ContainerNamespaces {
  readonly pid: NamespaceSource
  readonly uts: NamespaceSource
  readonly ipc: NamespaceSource
}

/** What the container as a whole may use. Absent: as before; null: no limit. */
export interface ContainerLimits {
  /** Shown in the guest (cgroup files, /proc/meminfo); enforced by the host's cgroup. */
  readonly memoryBytes?: number | null
  /** Tasks; enforced here: fork fails with EAGAIN. */
  readonly pids?: number | null
}

/** One container: what it runs, on which files, under which names. */
export interface ContainerConfig {
  readonly id: string
  /**
   * What signals without a handler do to the first process: nothing, as to Linux's pid 1 (`init`), or
   * what they do to every other process (`ordinary`).
   */
  readonly initSignals: 'init' | 'ordinary'
  readonly process: BootProcess
  readonly root: BootRoot
  /** How the guest sees the owners of files; absent: as they are. */
  readonly owners?: Owners
  readonly mounts: readonly BootMount[]
  readonly devices?: readonly BootDevice[]
  /** The last that fits decides; absent: all devices may be used. */
  readonly deviceRules?: readonly DeviceRule[]
  /** A key of PROPAGATIONS. */
  readonly rootfsPropagation?: string
  readonly hostname: ByteString
  readonly domainname: ByteString
  readonly maskedPaths: readonly ByteString[]
  readonly readonlyPaths: readonly ByteString[]
  readonly sysctl: Readonly<Record<string, string>>
  /** Absent: version 2 alone. */
  readonly cgroups?: readonly BootHierarchy[]
  /** How much of the host's CPUs it may use; enforced by the host's cgroup. */
  readonly cpu?: BootCpu
  /** personality(2) */
  readonly personality?: number
  /** A filter for every process: an array of struct sock_filter in base64. */
  readonly seccomp?: string
  readonly annotations: Readonly<Record<string, string>>
  /** Run before the first process, one after the other; one that fails stops the container. */
  readonly startHooks?: readonly BootHook[]
  readonly limits?: ContainerLimits
  /** Of a further container; default: PID namespace of its own, the others the sandbox's. */
  readonly namespaces?: ContainerNamespaces
}

/** The sandbox as a whole, and its first container, with whose end it ends. */
export interface BootConfig extends ContainerConfig {
  readonly version: 1
  /** `attached`: die with the command. `detached`: live on when it goes away. */
  readonly lifetime: 'attached' | 'detached'
  /** `create`: build everything, say `created`, and wait for `start`. `run`: go on at once. */
  readonly startMode: 'run' | 'create'
  readonly network: 'none'
  readonly platform: 'ptrace'
  readonly log: BootLog
  /** `required`: without all of them it does not start. */
  readonly walls: 'available' | 'required'
  readonly watchdog: BootWatchdog
}
