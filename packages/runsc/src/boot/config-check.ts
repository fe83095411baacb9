// Checks of what a sandbox process is told to run. (runsc)

import type { DeviceRule } from '@tsvisor/sentry-kernel'
import type {
  BootCapabilities,
  BootConfig,
  BootCpu,
  BootDevice,
  BootHierarchy,
  BootHook,
  BootLog,
  BootMount,
  BootProcess,
  BootRlimit,
  BootRoot,
  BootScheduler,
  BootUser,
  BootWatchdog,
  ContainerConfig,
  ContainerLimits,
  ContainerNamespaces,
  NamespaceSource,
} from './boot-config.ts'
import {
  boolean,
  byteString,
  type Check,
  count,
  either,
  type Fields,
  integer,
  list,
  nonEmpty,
  object,
  oneOf,
  optional,
  string,
  strings,
  uint32,
} from './check.ts'
import type { IdRange, Owners } from './id-map.ts'
import { PROPAGATIONS } from './mount-options.ts'

const size = integer(0, 0xffff)

const limit = either(count, oneOf('unlimited'))

const capabilities = object<BootCapabilities>({
  bounding: list(string),
  effective: list(string),
  inheritable: list(string),
  permitted: list(string),
  ambient: list(string),
})

export const checkProcess = object<BootProcess>({
  args: nonEmpty(byteString),
  env: list(byteString),
  cwd: byteString,
  user: object<BootUser>({
    uid: uint32,
    gid: uint32,
    additionalGids: list(uint32),
    umask: integer(0, 0o777),
  }),
  capabilities,
  rlimits: list(object<BootRlimit>({ type: string, soft: limit, hard: limit })),
  noNewPrivileges: boolean,
  terminal: boolean,
  consoleSize: object<BootProcess['consoleSize']>({ rows: size, columns: size }),
  oomScoreAdj: integer(-1000, 1000),
  scheduler: optional(
    object<BootScheduler>({
      policy: integer(0, 7),
      nice: integer(-20, 19),
      priority: integer(0, 99),
      resetOnFork: boolean,
    }),
  ),
  ioPriority: optional(integer(0, 0xffff)),
  cgroups: optional(strings),
})

const fileAccess = oneOf('exclusive', 'shared')

const checkRoot = object<BootRoot>({
  attach: byteString,
  readonly: boolean,
  overlay: oneOf('memory', 'none'),
  fileAccess,
})

const checkMount = object<BootMount>({
  type: byteString,
  source: byteString,
  destination: byteString,
  options: list(byteString),
  attach: optional(byteString),
  fileAccess: optional(fileAccess),
})

const checkHierarchy = object<BootHierarchy>({
  version: either(oneOf(1), oneOf(2)),
  controllers: list(string),
  path: byteString,
})

const checkDevice = object<BootDevice>({
  path: byteString,
  mode: integer(0, 0o177777),
  major: integer(0, 0xfff),
  minor: integer(0, 0xf_ffff),
  uid: uint32,
  gid: uint32,
})

const checkDeviceRule = object<DeviceRule>({
  allow: boolean,
  type: oneOf('a', 'b', 'c'),
  major: integer(-1, 0xffff_ffff),
  minor: integer(-1, 0xffff_ffff),
  access: string,
})

const ranges = list(object<IdRange>({ guest: uint32, host: uint32, size: uint32 }))

const checkHook = object<BootHook>({
  path: byteString,
  args: list(byteString),
  env: list(byteString),
  timeout: optional(integer(1, 1_000_000)),
})

const maximum = either(count, oneOf(null))

export const checkLimits = object<ContainerLimits>({
  memoryBytes: optional(maximum),
  pids: optional(maximum),
})

const source: Check<NamespaceSource> = either(
  oneOf('own', 'sandbox'),
  object<{ readonly container: string }>({ container: string }),
)

const container: Fields<ContainerConfig> = {
  id: string,
  initSignals: oneOf('init', 'ordinary'),
  process: checkProcess,
  root: checkRoot,
  owners: optional(object<Owners>({ uid: ranges, gid: ranges, others: oneOf('nobody', 'same') })),
  mounts: list(checkMount),
  devices: optional(list(checkDevice)),
  deviceRules: optional(list(checkDeviceRule)),
  rootfsPropagation: optional(oneOf(...Object.keys(PROPAGATIONS))),
  hostname: byteString,
  domainname: byteString,
  maskedPaths: list(byteString),
  readonlyPaths: list(byteString),
  sysctl: strings,
  cgroups: optional(list(checkHierarchy)),
  cpu: optional(
    object<BootCpu>({
      count: optional(count),
      quotaUs: optional(count),
      periodUs: optional(count),
      shares: optional(count),
    }),
  ),
  personality: optional(uint32),
  seccomp: optional(string),
  annotations: strings,
  startHooks: optional(list(checkHook)),
  limits: optional(checkLimits),
  namespaces: optional(object<ContainerNamespaces>({ pid: source, uts: source, ipc: source })),
}

export const checkContainer = object<ContainerConfig>(container)

export const checkBoot = object<BootConfig>({
  ...container,
  version: oneOf(1),
  lifetime: oneOf('attached', 'detached'),
  startMode: oneOf('run', 'create'),
  network: oneOf('none'),
  platform: oneOf('ptrace'),
  log: object<BootLog>({ debug: boolean, strace: boolean }),
  walls: oneOf('available', 'required'),
  watchdog: object<BootWatchdog>({
    action: oneOf('log', 'panic'),
    timeoutMs: integer(100, 0x7fff_ffff),
  }),
})
