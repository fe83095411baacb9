// From a checked bundle to what the sandbox process and the gofer are told. (runsc)

import { S_IFBLK, S_IFCHR, S_IFIFO } from '@tsvisor/abi'
import type { Spec, SpecLinux, SpecResources } from '@tsvisor/oci-spec'
import type { DeviceRule } from '@tsvisor/sentry-kernel'
import type { BootDevice, BootProcess, ContainerConfig } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import type { Bundle } from '../bundle/load-bundle.ts'
import { DEFAULT_DEVICES } from '../cgroup/settings-v1.ts'
import { Failure } from '../failure.ts'
import type { GoferTree } from '../gofer/gofer-config.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import { planLimits } from './limits-plan.ts'
import { planMount } from './mounts-plan.ts'
import { checkUser, ownersOf } from './owners.ts'
import { fromGlobals, type Plan, ROOT_ATTACH } from './plan.ts'
import { type PodPlace, podNamespaces } from './pod-namespaces.ts'
import { planProcess } from './process-plan.ts'
import { compileSeccomp } from './seccomp-program.ts'

export interface SpecPlanOptions {
  readonly id: string
  readonly globals: GlobalOptions
  readonly lifetime: 'attached' | 'detached'
  readonly startMode: 'run' | 'create'
  readonly consoleSize?: BootProcess['consoleSize']
  /** Of a container that goes into another one's sandbox. */
  readonly pod?: PodPlace
}

/** Errors: Failure. */
export function planFromBundle(bundle: Bundle, options: SpecPlanOptions): Plan {
  const { spec } = bundle
  const { globals, pod } = options
  checkNames(spec)
  checkUser(spec, spec.process?.user)
  const overlay = globals.overlay ?? 'none'
  const readonly = spec.root.readonly ?? false
  const trees: GoferTree[] = [
    {
      attach: ROOT_ATTACH,
      path: toBytes(bundle.rootfs),
      access: readonly || overlay === 'memory' ? 'read' : 'write',
    },
  ]
  const mounts = (spec.mounts ?? []).flatMap((mount, index) =>
    planMount(mount, index, bundle, trees),
  )
  return {
    gofer: {
      ...{ version: 1, lifetime: options.lifetime, trees, walls: globals.walls ?? 'available' },
      ...(pod && { standsFor: 'container' }),
    },
    boot: {
      ...fromGlobals(globals),
      ...ownersOf(spec),
      id: options.id,
      lifetime: options.lifetime,
      startMode: options.startMode,
      initSignals: 'init',
      process: planProcess(spec.process, options.consoleSize),
      root: { attach: ROOT_ATTACH, readonly, overlay, fileAccess: globals.fileAccess },
      mounts,
      ...planContainer(spec),
      ...(pod && { namespaces: podNamespaces(spec, pod) }),
      hostname: toBytes(spec.hostname ?? ''),
      domainname: toBytes(spec.domainname ?? ''),
      maskedPaths: (spec.linux?.maskedPaths ?? []).map(toBytes),
      readonlyPaths: (spec.linux?.readonlyPaths ?? []).map(toBytes),
      sysctl: spec.linux?.sysctl ?? {},
      annotations: spec.annotations ?? {},
    },
  }
}

/** The same said twice must be the same. Errors: Failure. */
function checkNames({ domainname, linux }: Spec): void {
  const setting = linux?.sysctl?.['kernel.domainname']
  if (domainname && setting !== undefined && setting !== domainname)
    throw new Failure(
      `config.json: linux.sysctl["kernel.domainname"]: ${JSON.stringify(setting)} contradicts domainname, ${JSON.stringify(domainname)}`,
    )
}

function planContainer({ linux }: Spec): Partial<ContainerConfig> {
  if (linux === undefined) return {}
  const { devices, rootfsPropagation = '', personality, seccomp } = linux
  const { resources } = linux
  return {
    ...(resources && planLimits(resources)),
    ...(devices && { devices: devices.map(planDevice) }),
    ...(resources?.devices?.length && {
      deviceRules: resources.devices.concat(DEFAULT_DEVICES).map(planDeviceRule),
    }),
    ...(rootfsPropagation && { rootfsPropagation }),
    ...(seccomp && { seccomp: Buffer.from(compileSeccomp(seccomp)).toString('base64') }),
    ...(personality && { personality: personality.domain === 'LINUX32' ? PER_LINUX32 : 0 }),
  }
}

/** personality(2) */
const PER_LINUX32 = 8
const TYPES = { c: S_IFCHR, u: S_IFCHR, b: S_IFBLK, p: S_IFIFO } as const

function planDevice(device: NonNullable<SpecLinux['devices']>[number]): BootDevice {
  const { path, type, major = 0, minor = 0, fileMode = 0o666, uid = 0, gid = 0 } = device
  // Of Go's file mode only the permissions.
  const mode = TYPES[type] | (fileMode & 0o7777)
  return { path: toBytes(path), mode, major, minor, uid, gid }
}

function planDeviceRule({
  allow,
  type,
  major = -1,
  minor = -1,
  access,
}: NonNullable<SpecResources['devices']>[number]): DeviceRule {
  const kind = type === 'b' || type === 'c' ? type : type === 'u' ? 'c' : 'a'
  return { allow, type: kind, major, minor, access: access || 'rwm' }
}
