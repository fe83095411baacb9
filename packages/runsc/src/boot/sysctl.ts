// linux.sysctl: the kernel's settings that the configuration asks for. (runsc)

import { EACCES, ENOENT, Errno } from '@tsvisor/abi'
import { setSysctl, type Task } from '@tsvisor/sentry-kernel'
import type { ContainerConfig } from './boot-config.ts'

/** `warn` hears of those that this kernel does not have, or has fixed. */
export function applySysctls(
  task: Task,
  sysctl: ContainerConfig['sysctl'],
  warn: (message: string) => void,
): void {
  for (const [name, value] of Object.entries(sysctl)) {
    // The container's process may lack the right to set these, the configuration does not.
    if (name === 'kernel.domainname') task.uts.domainname = value
    else if (name === 'kernel.hostname') task.uts.hostname = value
    else
      try {
        setSysctl(task, name, value)
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        warn(`linux.sysctl: ${name}: ${reason(error)}; ignored`)
      }
  }
}

function reason(error: Errno): string {
  if (error === ENOENT) return 'this kernel has no such setting'
  return error === EACCES ? 'this kernel does not let it be changed' : error.message
}
