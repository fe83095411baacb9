// The part of a command that starts a sandbox: its process starts while the command finds out what to tell it. (runsc)

import { type StartedSandbox, startSandboxFirst } from '../sandbox/spawn.ts'
import { needsTraining, train } from './train.ts'

/** Throws Errno. */
export const startEarly = (): StartedSandbox =>
  startSandboxFirst({ stdio: [0, 1, 2], log: undefined })

/** After a command that has worked. */
export function trainIfNeeded(sandbox: StartedSandbox): void {
  // Only where a sandbox came to speak: elsewhere a training run would fail as well.
  if (sandbox.hasSpoken() && needsTraining()) train()
}
