// From a checked bundle to what the sandbox process and the gofer are told. (runsc)

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Spec, SpecMount, SpecProcess } from '@tsvisor/oci-spec'
import type { BootConfig, BootMount, BootProcess, BootRlimit } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import type { Bundle } from '../bundle/load-bundle.ts'
import type { GlobalOptions } from '../cli/global-options.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { GoferTree } from '../gofer/gofer-config.ts'
import { DEFAULT_PATH, fromGlobals, ownersOfUser, type Plan, ROOT_ATTACH } from './plan.ts'

export interface SpecPlanOptions {
  readonly id: string
  readonly globals: GlobalOptions
  readonly lifetime: 'attached' | 'detached'
  readonly startMode: 'run' | 'create'
  readonly consoleSize?: BootProcess['consoleSize']
}

/** Errors: Failure. */
export function planFromBundle(bundle: Bundle, options: SpecPlanOptions): Plan {
  const { spec } = bundle
  const { globals } = options
  const overlay = globals.overlay ?? 'none'
  const readonly = spec.root.readonly ?? false
  const trees: GoferTree[] = [
    {
      attach: ROOT_ATTACH,
      path: toBytes(bundle.rootfs),
      access: readonly || overlay === 'memory' ? 'read' : 'write',
    },
  ]
  const mounts = (spec.mounts ?? []).map((mount, index) => planMount(mount, index, bundle, trees))
  return {
    gofer: { version: 1, lifetime: options.lifetime, trees },
    boot: {
      ...fromGlobals(globals),
      ...planOwners(spec),
      id: options.id,
      lifetime: options.lifetime,
      startMode: options.startMode,
      initSignals: 'init',
      process: planProcess(spec.process, options.consoleSize),
      root: { attach: ROOT_ATTACH, readonly, overlay, fileAccess: globals.fileAccess },
      mounts,
      hostname: toBytes(spec.hostname ?? ''),
      domainname: toBytes(spec.domainname ?? ''),
      maskedPaths: (spec.linux?.maskedPaths ?? []).map(toBytes),
      readonlyPaths: (spec.linux?.readonlyPaths ?? []).map(toBytes),
      sysctl: spec.linux?.sysctl ?? {},
      annotations: spec.annotations ?? {},
    },
  }
}

/** A user namespace's maps; without one, an ordinary user's own. */
function planOwners({ linux }: Spec): Pick<BootConfig, 'owners'> {
  const { uidMappings = [], gidMappings = [] } = linux ?? {}
  if (uidMappings.length === 0 && gidMappings.length === 0) return ownersOfUser()
  const ranges = (mappings: typeof uidMappings) =>
    mappings.map(({ containerID, hostID, size }) => ({ guest: containerID, host: hostID, size }))
  return {
    owners: { uid: ranges(uidMappings), gid: ranges(gidMappings), others: 'nobody' },
  }
}

/** Also what `exec` starts. Errors: Failure when there is nothing to run. */
export function planProcess(
  process: SpecProcess | undefined,
  consoleSize?: BootProcess['consoleSize'],
): BootProcess {
  if (process === undefined) throw new Failure('config.json: process: required to run a container')
  if (process.args === undefined) {
    throw new Failure('config.json: process.args: required to run a container')
  }
  const { user, capabilities } = process
  const configured = process.consoleSize
  return {
    args: process.args.map(toBytes),
    env: (process.env ?? [DEFAULT_PATH]).map(toBytes),
    cwd: toBytes(process.cwd),
    user: {
      uid: user?.uid ?? 0,
      gid: user?.gid ?? 0,
      additionalGids: user?.additionalGids ?? [],
      umask: user?.umask ?? 0o022,
    },
    capabilities: {
      bounding: capabilities?.bounding ?? [],
      effective: capabilities?.effective ?? [],
      inheritable: capabilities?.inheritable ?? [],
      permitted: capabilities?.permitted ?? [],
      ambient: capabilities?.ambient ?? [],
    },
    rlimits: (process.rlimits ?? []).map(({ type, soft, hard }) => ({
      type,
      soft: toLimit(soft),
      hard: toLimit(hard),
    })),
    noNewPrivileges: process.noNewPrivileges ?? false,
    terminal: process.terminal ?? false,
    consoleSize: configured
      ? { rows: configured.height, columns: configured.width }
      : (consoleSize ?? { rows: 0, columns: 0 }),
    oomScoreAdj: process.oomScoreAdj ?? 0,
  }
}

/** RLIM_INFINITY is 2^64-1; RLIM64_INFINITY and some engines' "no limit" are as good as that. */
const toLimit = (value: number): BootRlimit['soft'] =>
  value >= Number.MAX_SAFE_INTEGER ? 'unlimited' : value

function planMount(mount: SpecMount, index: number, bundle: Bundle, trees: GoferTree[]): BootMount {
  const options = mount.options ?? []
  const common = {
    source: toBytes(mount.source ?? ''),
    destination: toBytes(mount.destination),
    options: options.map(toBytes),
  }
  const isBind = mount.type === 'bind' || options.includes('bind') || options.includes('rbind')
  if (!isBind) return { ...common, type: toBytes(mount.type ?? 'none') }
  const path = resolve(bundle.directory, mount.source!)
  try {
    statSync(path)
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)} (mounts[${index}].source in config.json)`)
  }
  const attach = `mount${index}`
  trees.push({ attach, path: toBytes(path), access: options.includes('ro') ? 'read' : 'write' })
  // Somebody else may write there: what is cached about it must be checked again.
  return { ...common, type: 'bind', attach, fileAccess: 'shared' }
}
