// `process`: what runs in the container, and as whom. (oci-spec, pure)

import { array, optional, strictObject } from 'zod/mini'
import {
  CAPABILITIES,
  IO_PRIORITY_CLASSES,
  RLIMITS,
  SCHEDULER_FLAGS,
  SCHEDULER_POLICIES,
} from './names.ts'
import {
  absolutePath,
  bool,
  cString,
  envEntry,
  int32,
  integer,
  oneOf,
  oneOfKnown,
  text,
  uint64,
  userId,
} from './scalar.ts'

/** What cannot be granted is no reason to fail (config.md, "capabilities"). */
const capabilitySet = optional(array(oneOfKnown(CAPABILITIES)))

const capabilities = strictObject({
  bounding: capabilitySet,
  effective: capabilitySet,
  inheritable: capabilitySet,
  permitted: capabilitySet,
  ambient: capabilitySet,
})

const user = strictObject({
  uid: optional(userId),
  gid: optional(userId),
  umask: optional(integer(0, 0o777)),
  additionalGids: optional(array(userId)),
  username: optional(text),
})

const rlimit = strictObject({ type: oneOf(RLIMITS), soft: uint64, hard: uint64 })

const scheduler = strictObject({
  policy: oneOf(SCHEDULER_POLICIES),
  nice: optional(integer(-20, 19)),
  priority: optional(int32),
  flags: optional(array(oneOf(SCHEDULER_FLAGS))),
  runtime: optional(uint64),
  deadline: optional(uint64),
  period: optional(uint64),
})

export const processSchema = strictObject({
  terminal: optional(bool),
  consoleSize: optional(strictObject({ height: integer(0, 0xffff), width: integer(0, 0xffff) })),
  user: optional(user),
  args: optional(array(cString)),
  commandLine: optional(text),
  env: optional(array(envEntry)),
  cwd: absolutePath,
  capabilities: optional(capabilities),
  rlimits: optional(array(rlimit)),
  noNewPrivileges: optional(bool),
  apparmorProfile: optional(text),
  oomScoreAdj: optional(integer(-1000, 1000)),
  scheduler: optional(scheduler),
  selinuxLabel: optional(text),
  ioPriority: optional(
    strictObject({ class: oneOf(IO_PRIORITY_CLASSES), priority: integer(0, 7) }),
  ),
  execCPUAffinity: optional(strictObject({ initial: optional(text), final: optional(text) })),
})
