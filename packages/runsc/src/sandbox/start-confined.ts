// Starts the two processes in namespaces of their own, or says why that cannot be. (runsc)

import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_SETFCAP,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  EPERM,
  Errno,
} from '@tsvisor/abi'
import { NAMESPACE, type SpawnOptions } from '@tsvisor/host'
import { UNCONFINED } from '../walls/unconfined.ts'
import { HostProcess } from './host-process.ts'

export type PartOptions = Pick<SpawnOptions, 'file' | 'args' | 'env' | 'fds' | 'network'>

const { cgroup, ipc, mount, net, pid, user, uts } = NAMESPACE
const ALL = cgroup | ipc | mount | net | pid | uts

/**
 * The sandbox process. Until it has raised its walls it must leave its file tree (SYS_ADMIN), become
 * nobody (SETUID, SETGID), and read this program wherever it lies (DAC_READ_SEARCH). `network`: a network
 * namespace in place of its own. Throws the Errno of joining that.
 */
export const startSandbox = (part: PartOptions, network?: number): HostProcess => {
  const capabilities = [CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_DAC_READ_SEARCH]
  if (network === undefined) return start(part, { capabilities, whose: 'everybody' })
  const namespaces = ALL & ~net
  return start({ ...part, network }, { capabilities, whose: 'everybody', namespaces })
}

/**
 * The gofer, with the capabilities over files, and SYS_ADMIN until it has changed its root. For an
 * ordinary user a user namespace would make all files nobody's but the user's own: without.
 */
export const startGofer = (part: PartOptions): HostProcess =>
  start(part, {
    capabilities: [
      ...[CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_SETFCAP],
      CAP_SYS_ADMIN,
    ],
    whose: 'root',
  })

interface Confinement {
  readonly capabilities: readonly number[]
  /** Who is confined by namespaces. */
  readonly whose: 'root' | 'everybody'
  /** Default: all. A user namespace comes with them. */
  readonly namespaces?: number
}

function start(
  part: PartOptions,
  { capabilities, whose, namespaces = ALL }: Confinement,
): HostProcess {
  const isRoot = process.geteuid!() === 0
  if (whose === 'root' && !isRoot) return new HostProcess({ ...part, namespaces: 0 })
  try {
    return new HostProcess({ ...part, namespaces: namespaces | user, capabilities })
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === undefined) throw error
    if (isRoot) {
      try {
        return new HostProcess({ ...part, namespaces, capabilities })
      } catch (second) {
        if (reasonOf(second) === undefined) throw second
      }
    }
    return new HostProcess({ ...part, env: { ...part.env, [UNCONFINED]: reason }, namespaces: 0 })
  }
}

/** Why the host gives no namespaces, and what to set; undefined for any other failure. */
function reasonOf(error: unknown): string | undefined {
  const code = error instanceof Errno ? error.name : (error as NodeJS.ErrnoException).code
  switch (code) {
    case 'ENOSPC':
    case 'EUSERS':
      return 'no more user namespaces (raise user.max_user_namespaces)'
    case 'EINVAL':
      return 'this kernel has no user namespaces (CONFIG_USER_NS)'
    case EPERM.name:
    case 'EACCES':
      return (
        'user namespaces are forbidden (set kernel.unprivileged_userns_clone=1 and ' +
        'kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp profile that ' +
        'permits clone with CLONE_NEWUSER)'
      )
    default:
      return undefined
  }
}
