// Hooks of config.json: the host's programs that run at points of a container's life. (runsc)

import type { SpecHooks } from '@tsvisor/oci-spec'
import type { Log } from '../session/log.ts'
import { type ContainerRecord, type PublicState, publicState } from '../state/record.ts'
import type { HookMounts } from './hook-mounts.ts'
import { type HookPlace, runHook } from './hook-process.ts'

/** Those that run on the host. `startContainer` runs inside: the sandbox process does it. */
export type HostHook = Exclude<keyof SpecHooks, 'startContainer'>

/** Hooks that go with making a container, in their order (config.md, "POSIX-platform Hooks"). */
export const CREATE_HOOKS = ['prestart', 'createRuntime', 'createContainer'] as const

/**
 * Runs the hooks of one kind, one after the other; `mounts` is where the container has its files. Errors: Failure of
 * the first that fails.
 */
export async function runHooks(
  kind: HostHook,
  record: ContainerRecord,
  mounts?: HookMounts,
): Promise<void> {
  const hooks = record.config.hooks?.[kind] ?? []
  for (const [index, hook] of hooks.entries()) {
    await runHook(
      `${kind} hook #${index}`,
      hook,
      stateFor(kind, record),
      placeOf(kind, record, mounts),
    )
  }
}

/** The specification does not say where they start; this is as runc. */
const placeOf = (
  kind: HostHook,
  { bundle, rootfs }: ContainerRecord,
  mounts?: HookMounts,
): HookPlace => (kind === 'createContainer' ? { directory: rootfs, mounts } : { directory: bundle })

/** The same where a failure must not matter: each that fails is a warning, and the next one runs. */
export async function tryHooks(kind: HostHook, record: ContainerRecord, log: Log): Promise<void> {
  for (const [index, hook] of (record.config.hooks?.[kind] ?? []).entries()) {
    try {
      await runHook(`${kind} hook #${index}`, hook, stateFor(kind, record), placeOf(kind, record))
    } catch (error) {
      log.write('warning', (error as Error).message)
    }
  }
}

/** A program that is over at once was running all the same when poststart was due. */
const stateFor = (kind: HostHook, record: ContainerRecord): PublicState =>
  kind === 'poststart' ? publicState(record, 'running') : publicState(record)
