// config.json as a whole: OCI runtime-spec 1.2, Linux. (oci-spec, pure)

import { array, optional, type output, record, strictObject, unknown } from 'zod/mini'
import { idMapping, linuxSchema } from './linux-schema.ts'
import { processSchema } from './process-schema.ts'
import { absolutePath, bool, cString, envEntry, integer, leaf, nonEmpty, text } from './scalar.ts'

/** The newest version of the specification that this package knows. */
export const SPEC_VERSION = '1.2.1'

const SEMVER = /^(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/

/** Minor versions are compatible with each other within major 1 (spec.md, "Specification version"). */
export const version = leaf<string>(
  `a version 1.x.y, compatible with ${SPEC_VERSION}`,
  value => typeof value === 'string' && SEMVER.exec(value)?.[1] === '1',
)

const mount = strictObject({
  destination: absolutePath,
  type: optional(cString),
  source: optional(cString),
  options: optional(array(cString)),
  uidMappings: optional(array(idMapping)),
  gidMappings: optional(array(idMapping)),
})

const hook = strictObject({
  path: absolutePath,
  args: optional(array(cString)),
  env: optional(array(envEntry)),
  // Seconds.
  timeout: optional(integer(1, 2 ** 31 - 1)),
})
const hookList = optional(array(hook))

export const configSchema = strictObject({
  ociVersion: version,
  process: optional(processSchema),
  root: strictObject({ path: nonEmpty, readonly: optional(bool) }),
  hostname: optional(cString),
  domainname: optional(cString),
  mounts: optional(array(mount)),
  hooks: optional(
    strictObject({
      prestart: hookList,
      createRuntime: hookList,
      createContainer: hookList,
      startContainer: hookList,
      poststart: hookList,
      poststop: hookList,
    }),
  ),
  annotations: optional(record(text, text)),
  linux: optional(linuxSchema),
  // Other platforms' sections are theirs to check.
  solaris: optional(unknown()),
  windows: optional(unknown()),
  vm: optional(unknown()),
  zos: optional(unknown()),
})

/** A valid config.json. Optional members may be absent; none is null. */
export type Spec = output<typeof configSchema>
export type SpecProcess = NonNullable<Spec['process']>
export type SpecMount = NonNullable<Spec['mounts']>[number]
export type SpecHooks = NonNullable<Spec['hooks']>
export type SpecHook = NonNullable<SpecHooks['poststop']>[number]
export type SpecLinux = NonNullable<Spec['linux']>
export type SpecResources = NonNullable<SpecLinux['resources']>
