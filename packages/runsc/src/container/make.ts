// Making a container around processes that wait to be told what to be, up to telling them. (runsc)
//
// In this order, so that each step can be undone: its directory (the id is taken), its
// processes and its cgroup on record, the cgroup, the hooks of the host, its socket.

import { closeSync, openSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { SpecHook } from '@tsvisor/oci-spec'
import type { BootHook } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import type { Bundle } from '../bundle/load-bundle.ts'
import { Cgroup, type CgroupDriver, type CgroupState } from '../cgroup/cgroup.ts'
import { Failure } from '../failure.ts'
import type { GoferTree } from '../gofer/gofer-config.ts'
import type { Passed } from '../sandbox/control-end.ts'
import { debugLogOf } from '../sandbox/debug-log.ts'
import { setOomScoreAdj } from '../sandbox/oom-score.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import type { Log } from '../session/log.ts'
import { identify, ownIdentity, type ProcessIdentity } from '../state/process-identity.ts'
import { type ContainerRecord, RECORD_VERSION } from '../state/record.ts'
import { defaultRoot } from '../state/root-directory.ts'
import { EXIT_STATUS, type LockedContainer, type StateStore } from '../state/store.ts'
import { isOrdinaryUser } from '../user-namespace.ts'
import type { ConsoleSize } from './console-socket.ts'
import { giveConsole } from './console-socket.ts'
import { removeLocked } from './delete.ts'
import { guestHierarchies } from './guest-cgroups.ts'
import { HookMounts } from './hook-mounts.ts'
import { CREATE_HOOKS, runHooks } from './hooks.ts'
import { listenIn } from './listen.ts'
import type { Plan } from './plan.ts'
import { listenEnv, type PreservedFds, passFds } from './preserved-fds.ts'
import { planFromBundle } from './spec-plan.ts'

export interface MakeOptions {
  readonly id: string
  readonly store: StateStore
  readonly globals: GlobalOptions
  readonly log: Log
  /** For what whoever is at the terminal should know. */
  readonly warn: (message: string) => void
  /** What goes before moves between cgroups; nothing may be moved while it runs. */
  readonly prepared?: Promise<void> | undefined
  readonly lifetime: 'attached' | 'detached'
  /** Of a container in another one's sandbox: that one. */
  readonly sandbox?: ContainerRecord
  readonly consoleSocket: string | undefined
  readonly preserved: PreservedFds
  /** Of the terminal that the container gets a copy of. */
  readonly consoleSize?: ConsoleSize | undefined
}

/** Their ids on the host. */
export interface HostPids {
  /** What is the container there, and ends with its status. */
  readonly process: number
  /** Where that is another one. */
  readonly gofer?: number
}

export interface MadeContainer {
  /** Nobody else changes it before it is released. */
  readonly container: LockedContainer
  readonly plan: Plan
  /** What goes with the plan. */
  readonly passed: Passed
  /** When it has been sent. */
  readonly closePassed: () => void
}

/** Errors: Failure, and then nothing is left but the processes. */
export async function makeContainer(
  bundle: Bundle,
  pids: HostPids,
  options: MakeOptions,
): Promise<MadeContainer> {
  const { store, log } = options
  const plan = await planOf(bundle, options)
  checkConsole(plan.boot.process.terminal, options)
  const { SPEC_VERSION } = await import('@tsvisor/oci-spec')
  const container = await store.create(newRecord(bundle, SPEC_VERSION, options))
  try {
    const process = alive(pids.process)
    const gofer = pids.gofer === undefined ? undefined : alive(pids.gofer)
    // On record before it is there: a command that dies here leaves all of it to `delete`.
    const record = (cgroup?: CgroupState) =>
      container.save({
        ...{ ...container.record, process },
        ...(gofer && { gofer }),
        ...(cgroup && { cgroup }),
      })
    const cgroup = makeCgroup(bundle, record, options)
    if (cgroup === undefined) record()
    const { oomScoreAdj } = plan.boot.process
    await options.prepared
    for (const { pid } of gofer ? [process, gofer] : [process]) {
      cgroup?.add(pid)
      if (oomScoreAdj !== 0) setOomScoreAdj(pid, oomScoreAdj)
    }
    const trees = await runCreateHooks(container.record, plan.gofer.trees, gofer)
    const cgroups = guestHierarchies(process.pid, bundle.spec)
    const passed = await openPassed(container, plan.boot.process.consoleSize, options, trees)
    const boot = { ...plan.boot, ...(cgroups && { cgroups }) }
    return { container, plan: { ...plan, boot, trees }, ...passed }
  } catch (error) {
    await abandon(store, container, log)
    throw error
  }
}

/** Returns the trees with what the hooks have mounted, if the gofer is another process than where they did. */
async function runCreateHooks(
  record: ContainerRecord,
  trees: readonly GoferTree[],
  gofer: ProcessIdentity | undefined,
): Promise<number[]> {
  const { hooks = {} } = record.config
  if (!CREATE_HOOKS.some(kind => hooks[kind]?.length)) return []
  const mounts = HookMounts.of(record.process!.pid)
  try {
    for (const kind of CREATE_HOOKS) await runHooks(kind, record, mounts)
    return gofer === undefined ? [] : (mounts?.copies(trees) ?? [])
  } finally {
    mounts?.close()
  }
}

/** Undoes making it. What fails now must not hide why. */
export async function abandon(
  store: StateStore,
  container: LockedContainer,
  log: Log,
): Promise<void> {
  try {
    await removeLocked(store, container, log)
  } catch (error) {
    log.write('warning', (error as Error).message)
  } finally {
    container.release()
  }
}

async function planOf(bundle: Bundle, options: MakeOptions): Promise<Plan> {
  const { id, store, globals, lifetime, consoleSize, sandbox } = options
  for (const warning of bundle.warnings) options.log.write('warning', `config.json: ${warning}`)
  const plan = planFromBundle(bundle, {
    id,
    globals,
    lifetime,
    startMode: 'create',
    ...(consoleSize && { consoleSize }),
    ...(sandbox && { pod: { sandbox, store } }),
  })
  const { process } = plan.boot
  const env = [...process.env, ...listenEnv(options.preserved)]
  const startHooks = bundle.spec.hooks?.startContainer?.map(bootHook)
  const boot = { ...plan.boot, process: { ...process, env }, ...(startHooks && { startHooks }) }
  return { ...plan, boot }
}

const bootHook = ({ path, args = [path], env = [], timeout }: SpecHook): BootHook => ({
  path: toBytes(path),
  args: args.map(toBytes),
  env: env.map(toBytes),
  ...(timeout !== undefined && { timeout }),
})

/** The same rules, in the same words, as runc. */
function checkConsole(terminal: boolean, { lifetime, consoleSocket }: MakeOptions): void {
  const isDetached = lifetime === 'detached'
  if (isDetached && terminal && consoleSocket === undefined) {
    throw new Failure('cannot allocate tty if runsc will detach without setting console socket')
  }
  if (consoleSocket !== undefined && !(isDetached && terminal)) {
    throw new Failure('cannot use console socket if runsc will not detach or allocate tty')
  }
}

function newRecord(
  bundle: Bundle,
  ociVersion: string,
  { id, globals, sandbox, lifetime }: MakeOptions,
): ContainerRecord {
  const log = debugLogOf(globals, lifetime)
  return {
    version: RECORD_VERSION,
    ociVersion,
    id,
    status: 'creating',
    creator: ownIdentity(),
    sandboxId: sandbox?.id ?? id,
    bundle: bundle.directory,
    rootfs: bundle.rootfs,
    created: new Date().toISOString(),
    owner: userName(),
    ...(log !== undefined && { debugLog: log }),
    config: bundle.spec,
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.geteuid!())
  }
}

function alive(pid: number): ProcessIdentity {
  const identity = identify(pid)
  if (identity === undefined) throw new Failure('the processes of the sandbox cannot be started')
  return identity
}

export const usesCgroups = ({ ignoreCgroups, cgroupManager }: GlobalOptions): boolean =>
  !ignoreCgroups && cgroupManager !== 'disabled'

function makeCgroup(
  { spec }: Bundle,
  record: (state: CgroupState) => void,
  { id, globals, log, warn }: MakeOptions,
): Cgroup | undefined {
  if (!usesCgroups(globals)) return undefined
  const isSystemd = globals.systemdCgroup || globals.cgroupManager === 'systemd'
  const driver = isSystemd ? 'systemd' : 'cgroupfs'
  return Cgroup.create({
    ...cgroupNames(id, globals.root, driver),
    path: spec.linux?.cgroupsPath,
    driver,
    resources: spec.linux?.resources,
    rootless: isOrdinaryUser(),
    record,
    // An ordinary user can rarely make any: no news to whoever is at the terminal.
    warn: message => log.write('warning', message),
    alert: warn,
  })
}

/** After the container's id; containers of another --root may have the same. */
function cgroupNames(id: string, root: string, driver: CgroupDriver) {
  const alias = () => {
    // It takes as long to load as all else of a cgroup takes to be made.
    const { createHash } = process.getBuiltinModule('node:crypto')
    return `${id}-${createHash('sha256').update(resolve(root)).digest('hex').slice(0, 8)}`
  }
  // systemd has each unit once, and tells too late that there is one.
  return { id: driver === 'systemd' && resolve(root) !== defaultRoot() ? alias() : id, alias }
}

async function openPassed(
  { directory }: LockedContainer,
  size: ConsoleSize,
  { consoleSocket, sandbox, preserved }: MakeOptions,
  trees: readonly number[],
): Promise<Pick<MadeContainer, 'passed' | 'closePassed'>> {
  const numbered = passFds(preserved)
  const passed: { -readonly [K in keyof Passed]: Passed[K] } = { ...numbered }
  const status = openSync(join(directory, EXIT_STATUS), 'w', 0o600)
  passed.status = status
  const opened = [status, ...trees, ...Object.values(numbered)]
  const closePassed = () => {
    for (const fd of opened) closeSync(fd)
  }
  // A sandbox process has inherited them. Another container's has others.
  if (sandbox !== undefined) Object.assign(passed, { stdin: 0, stdout: 1, stderr: 2 })
  else {
    opened.push((passed.server = listenIn(directory)))
  }
  if (consoleSocket !== undefined) {
    const slave = giveConsole(consoleSocket, size)
    opened.push(slave)
    Object.assign(passed, { stdin: slave, stdout: slave, stderr: slave })
  }
  return { passed, closePassed }
}
