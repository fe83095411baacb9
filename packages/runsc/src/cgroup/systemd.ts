// The systemd driver: a transient scope that systemd makes and knows. (runsc)
// Spoken over D-Bus by busctl, which comes with systemd.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { Failure } from '../failure.ts'
import { isOrdinaryUser } from '../user-namespace.ts'

/** sd_booted(3) */
export const isSystemdRunning = (): boolean => existsSync('/run/systemd/system')

export interface ScopeOptions {
  readonly name: string
  readonly slice: string
  readonly id: string
  readonly pid: number
  /** The user's own systemd. */
  readonly rootless: boolean
}

const MANAGER = [
  'org.freedesktop.systemd1',
  '/org/freedesktop/systemd1',
  'org.freedesktop.systemd1.Manager',
]
const WAIT_MS = 5000

/** The process is in the scope when this returns. Errors: Failure. */
export function startScope({ name, slice, id, pid, rootless }: ScopeOptions): void {
  // A scope that is left over from a crash would stand in the way.
  busctl(rootless, ['call', ...MANAGER, 'ResetFailedUnit', 's', name])
  const properties = [
    ['Description', 's', `runsc container ${id}`],
    ['Slice', 's', slice],
    ['Delegate', 'b', 'true'],
    ['DefaultDependencies', 'b', 'false'],
    ['PIDs', 'au', '1', String(pid)],
  ]
  const result = busctl(rootless, [
    'call',
    ...MANAGER,
    'StartTransientUnit',
    'ssa(sv)a(sa(sv))',
    name,
    'replace',
    String(properties.length),
    ...properties.flat(),
    '0',
  ])
  if (result.error !== undefined) throw new Failure(`--systemd-cgroup: ${result.error}`)
  waitForScope(rootless, name)
}

/** Ends the scope; one that is gone already does no harm. */
export function stopScope(name: string): void {
  busctl(isOrdinaryUser(), ['call', ...MANAGER, 'StopUnit', 'ss', name, 'replace'])
}

/** The call returns when the job is queued. */
function waitForScope(rootless: boolean, name: string): void {
  const deadline = Date.now() + WAIT_MS
  const unit = `/org/freedesktop/systemd1/unit/${escapeUnit(name)}`
  for (;;) {
    const { output } = busctl(rootless, [
      'get-property',
      MANAGER[0]!,
      unit,
      'org.freedesktop.systemd1.Unit',
      'ActiveState',
    ])
    if (output.includes('"active"')) return
    if (Date.now() > deadline) {
      throw new Failure(`--systemd-cgroup: systemd has not started ${name} after five seconds`)
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  }
}

/** sd_bus_path_encode(3) */
export const escapeUnit = (name: string): string =>
  name.replace(/[^A-Za-z0-9]/g, char => `_${char.charCodeAt(0).toString(16).padStart(2, '0')}`)

function busctl(
  rootless: boolean,
  args: readonly string[],
): { readonly output: string; readonly error?: string } {
  const bus = rootless ? '--user' : '--system'
  const { error, status, stdout, stderr } = spawnSync('busctl', [bus, ...args], {
    encoding: 'utf8',
    timeout: WAIT_MS,
  })
  if (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'is not installed (it comes with systemd)' : error.message
    return { output: '', error: `busctl ${reason}` }
  }
  return status === 0 ? { output: stdout } : { output: stdout, error: stderr.trim() }
}
