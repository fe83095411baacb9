// The part of a command that starts a sandbox: its process starts while the command finds out what to tell it. (runsc)

import { Errno } from '@tsvisor/abi'
import { type StartedSandbox, startSandboxFirst } from '../sandbox/spawn.ts'
import { needsTraining, train } from './train.ts'

/** undefined where it cannot be started: who needs it tries again, and says why. */
export function startEarly(): StartedSandbox | undefined {
  try {
    return startSandboxFirst({ stdio: [0, 1, 2], log: undefined })
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}

/** After a command that has worked. */
export function trainIfNeeded(sandbox: StartedSandbox): void {
  // Only where a sandbox came to speak: elsewhere a training run would fail as well.
  if (sandbox.hasSpoken() && needsTraining()) train()
}
