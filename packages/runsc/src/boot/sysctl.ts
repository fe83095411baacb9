// linux.sysctl: the kernel's settings that the configuration asks for. (runsc)

import { EACCES, ENOENT, Errno } from '@tsvisor/abi'
import { setSysctl, type Task } from '@tsvisor/sentry-kernel'
import type { ContainerConfig } from './boot-config.ts'
import { BootFailure } from './failure.ts'

/** Of the network, which this kernel has fewer of than Linux; engines set some by themselves. */
const NETWORK = /^net[./]/

/**
 * `warn` hears of those that this kernel has fixed. Errors: BootFailure for one that it does not have, if
 * it is none of the network.
 */
export function applySysctls(
  task: Task,
  sysctl: ContainerConfig['sysctl'],
  warn: (message: string) => void,
): void {
  for (const [name, value] of Object.entries(sysctl)) {
    // The container's process may lack the right to set these, the configuration does not.
    if (name === 'kernel.domainname') task.namespaces.uts.domainname = value
    else
      try {
        setSysctl(task, name, value)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        if (error === ENOENT && !NETWORK.test(name))
          throw new BootFailure(`linux.sysctl: ${name}: ${reason(error)}`)
        warn(`linux.sysctl: ${name}: ${reason(error)}; ignored`)
      }
  }
}

function reason(error: Errno): string {
  if (error === ENOENT) return 'this kernel has no such setting'
  return error === EACCES ? 'this kernel does not let it be changed' : error.message
}
