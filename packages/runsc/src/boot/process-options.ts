// The container's process as the kernel wants it: credentials and limits by number. (runsc)

import { capabilities, rlimitResources } from '@tsvisor/abi'
import {
  addFilter,
  type Credentials,
  ResourceLimits,
  type Task,
  UNLIMITED,
  userCredentials,
} from '@tsvisor/sentry-kernel'
import type { BootCapabilities, BootProcess, ContainerConfig } from './boot-config.ts'

const capabilityNumbers: Readonly<Record<string, number>> = capabilities()
const resourceNumbers: Readonly<Record<string, number>> = rlimitResources()

const capabilitySet = (names: readonly string[]): bigint => {
  let set = 0n
  for (const name of names) {
    const cap = capabilityNumbers[name]
    if (cap !== undefined) set |= 1n << BigInt(cap)
  }
  return set
}

/** Credentials of the container's process. Unknown capability names were refused by validation. */
export function credentialsOf({ user, capabilities, noNewPrivileges }: BootProcess): Credentials {
  const { uid, gid } = user
  return {
    ...userCredentials(uid, gid, 0n),
    groups: user.additionalGids,
    capabilities: capabilitySets(capabilities),
    noNewPrivileges,
  }
}

const capabilitySets = (sets: BootCapabilities): Credentials['capabilities'] => ({
  permitted: capabilitySet(sets.permitted),
  effective: capabilitySet(sets.effective),
  inheritable: capabilitySet(sets.inheritable),
  bounding: capabilitySet(sets.bounding),
  ambient: capabilitySet(sets.ambient),
})

/** Linux's start values with the configured ones in their place. */
export function limitsOf({ rlimits }: BootProcess): ResourceLimits {
  const limits = new ResourceLimits()
  for (const { type, soft, hard } of rlimits) {
    const resource = resourceNumbers[type]
    if (resource !== undefined) limits.set(resource, limitValue(soft), limitValue(hard))
  }
  return limits
}

const limitValue = (value: number | 'unlimited'): number =>
  value === 'unlimited' ? UNLIMITED : value

/** What holds for every process of a container. */
export type Tuning = Pick<ContainerConfig, 'personality' | 'seccomp'>

/**
 * What the process would have set itself before it became the program: for every process that is
 * started from outside. Errors: EINVAL for a broken filter.
 */
export function tuneTask(
  task: Task,
  { scheduler, ioPriority }: Pick<BootProcess, 'scheduler' | 'ioPriority'>,
  { personality, seccomp }: Tuning,
): void {
  if (scheduler !== undefined) Object.assign(task.scheduling, scheduler)
  if (ioPriority !== undefined) task.scheduling.ioPriority = ioPriority
  if (personality !== undefined) task.group.personality = personality
  if (seccomp !== undefined) addFilter(task, Buffer.from(seccomp, 'base64'), 0)
}
