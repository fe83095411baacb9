// What to start: the two processes' configurations, made together because names link them. (runsc)

import type { BootConfig } from '../boot/boot-config.ts'
import type { Owners } from '../boot/id-map.ts'
import { Failure } from '../failure.ts'
import type { GoferConfig } from '../gofer/gofer-config.ts'
import { parseDuration } from '../session/duration-argument.ts'
import type { GlobalOptions } from '../session/global-options.ts'

export interface Plan {
  readonly boot: BootConfig
  readonly gofer: GoferConfig
  /** For the gofer in place of what it would open: copies of its trees as descriptors, in their order; or none. */
  readonly trees?: readonly number[]
}

/** The attach name of the root tree. */
export const ROOT_ATTACH = 'root'
export const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const MIN_WATCHDOG_MS = 100

/** What the boot configuration takes over from the global flags. Errors: Failure. */
export function fromGlobals(
  globals: GlobalOptions,
): Pick<BootConfig, 'version' | 'network' | 'platform' | 'log' | 'walls' | 'watchdog'> {
  if (globals.network !== 'none') {
    throw new Failure(`--network ${globals.network}: not supported yet; use --network none`)
  }
  return {
    version: 1,
    network: 'none',
    platform: globals.platform,
    log: { debug: globals.debug ?? false, strace: globals.strace ?? false },
    walls: globals.walls ?? 'available',
    watchdog: {
      action: globals.watchdogAction ?? 'log',
      timeoutMs: Math.max(
        MIN_WATCHDOG_MS,
        parseDuration('--watchdog-timeout', globals.watchdogTimeout ?? '3m'),
      ),
    },
  }
}

/** An ordinary user's files are root's in the guest, who is the user on the host. */
export function ownersOfUser(): Pick<BootConfig, 'owners'> {
  const uid = process.geteuid!()
  if (uid === 0) return {}
  const map = (host: number) => [{ guest: 0, host, size: 1 }]
  const owners: Owners = { uid: map(uid), gid: map(process.getegid!()), others: 'same' }
  return { owners }
}
