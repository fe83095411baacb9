// What `exec` runs: the container's own process, changed by flags, or a process file. (runsc)

import { readFileSync } from 'node:fs'
import { capabilities as capabilityNumbers } from '@tsvisor/abi'
import type { Spec, SpecProcess } from '@tsvisor/oci-spec'
import { Failure, reasonOf } from '../failure.ts'
import type { Session } from '../session/session.ts'

export interface ExecOptions {
  readonly process?: string
  readonly cwd?: string
  readonly env: readonly string[]
  readonly user?: string
  readonly additionalGids: readonly string[]
  readonly cap: readonly string[]
  readonly tty?: boolean
  readonly detach?: boolean
  readonly pidFile?: string
  readonly consoleSocket?: string
  readonly noNewPrivs?: boolean
  readonly ignorePaused?: boolean
  readonly preserveFds?: string
  readonly cgroup: readonly string[]
}

/** Errors: Failure. */
export async function execProcess(
  config: Spec,
  command: readonly string[],
  options: ExecOptions,
  { warn, loadSchemas }: Pick<Session, 'warn' | 'loadSchemas'>,
): Promise<SpecProcess> {
  if (options.process !== undefined) return readProcess(options.process, warn, loadSchemas)
  if (command.length === 0) {
    throw new Failure('exec: name a command after the container, or a file with --process')
  }
  // The container's limits, environment and rights are those of whoever joins it.
  const { terminal: _, consoleSize: __, ...base } = config.process ?? { cwd: '/' }
  const { cwd, env, user, additionalGids, cap, tty, noNewPrivs } = options
  const ids = user === undefined ? {} : parseUser(user)
  const capabilities = cap.flatMap(text => parseCapability(text, warn))
  return {
    ...base,
    args: [...command],
    terminal: tty ?? false,
    env: [...(base.env ?? []), ...env.map(checkEnv)],
    ...(cwd !== undefined && { cwd: checkCwd(cwd) }),
    user: {
      ...base.user,
      ...ids,
      additionalGids: [
        ...(base.user?.additionalGids ?? []),
        ...additionalGids.map(gid => parseId('--additional-gids', gid)),
      ],
    },
    ...(capabilities.length > 0 && { capabilities: withCapabilities(base, capabilities) }),
    ...(noNewPrivs && { noNewPrivileges: true }),
  }
}

type Capabilities = NonNullable<SpecProcess['capabilities']>
type Capability = keyof ReturnType<typeof capabilityNumbers>

/** Not the inheritable ones: a program with file capabilities would gain them. */
function withCapabilities(
  { capabilities = {} }: SpecProcess,
  added: readonly Capability[],
): Capabilities {
  const grow = (set: readonly Capability[] = []) => [...new Set([...set, ...added])]
  return {
    ...capabilities,
    bounding: grow(capabilities.bounding),
    effective: grow(capabilities.effective),
    permitted: grow(capabilities.permitted),
  }
}

/** One that there is not cannot be granted: nothing, as in config.json. */
function parseCapability(text: string, warn: (message: string) => void): Capability[] {
  const upper = text.toUpperCase()
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`
  if (Object.hasOwn(capabilityNumbers(), name)) return [name as Capability]
  warn(`--cap ${text}: no such capability; ignored`)
  return []
}

function parseUser(text: string): { uid: number; gid?: number } {
  const [uid = '', gid, ...rest] = text.split(':')
  if (rest.length > 0) throw new Failure(`--user ${text}: expected UID or UID:GID, both numbers`)
  return {
    uid: parseId('--user', uid),
    ...(gid !== undefined && { gid: parseId('--user', gid) }),
  }
}

function parseId(flag: string, text: string): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) >= 0xffff_ffff) {
    throw new Failure(`${flag} ${text}: expected a number, names are the guest's affair`)
  }
  return Number(text)
}

function checkEnv(entry: string): string {
  if (entry.indexOf('=') < 1) throw new Failure(`--env ${entry}: expected NAME=value`)
  return entry
}

function checkCwd(cwd: string): string {
  if (!cwd.startsWith('/')) throw new Failure(`--cwd ${cwd}: expected an absolute path`)
  return cwd
}

async function readProcess(
  path: string,
  warn: Session['warn'],
  loadSchemas: Session['loadSchemas'],
): Promise<SpecProcess> {
  const { formatIssue, parseProcess, SpecError } = await loadSchemas()
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new Failure(`--process ${path}: ${reasonOf(error)}`)
  }
  try {
    const { value, warnings } = parseProcess(text)
    for (const warning of warnings) warn(`${path}: ${formatIssue(warning)}`)
    return value
  } catch (error) {
    if (!(error instanceof SpecError)) throw error
    throw new Failure(error.message.replace(/^/gm, `--process ${path}: `))
  }
}
