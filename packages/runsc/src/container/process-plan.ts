// From `process` of config.json to what the sandbox process is told: also for `exec`. (runsc)

import {
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
  SCHED_BATCH,
  SCHED_FIFO,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RR,
} from '@tsvisor/abi'
import type { SpecProcess } from '@tsvisor/oci-spec'
import type { BootProcess, BootRlimit } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import { Failure } from '../failure.ts'
import { DEFAULT_PATH } from './plan.ts'

/** Errors: Failure when there is nothing to run. */
export function planProcess(
  process: SpecProcess | undefined,
  consoleSize?: BootProcess['consoleSize'],
): BootProcess {
  if (process === undefined) throw new Failure('config.json: process: required to run a container')
  if (process.args === undefined) {
    throw new Failure('config.json: process.args: required to run a container')
  }
  const { user, capabilities } = process
  const configured = process.consoleSize
  return {
    args: process.args.map(toBytes),
    env: lastOfEach(process.env ?? [DEFAULT_PATH]).map(toBytes),
    cwd: toBytes(process.cwd),
    user: {
      uid: user?.uid ?? 0,
      gid: user?.gid ?? 0,
      additionalGids: user?.additionalGids ?? [],
      umask: user?.umask ?? 0o022,
    },
    capabilities: {
      bounding: capabilities?.bounding ?? [],
      effective: capabilities?.effective ?? [],
      inheritable: capabilities?.inheritable ?? [],
      permitted: capabilities?.permitted ?? [],
      ambient: capabilities?.ambient ?? [],
    },
    rlimits: (process.rlimits ?? []).map(({ type, soft, hard }) => ({
      type,
      soft: toLimit(soft),
      hard: toLimit(hard),
    })),
    noNewPrivileges: process.noNewPrivileges ?? false,
    terminal: process.terminal ?? false,
    consoleSize: configured
      ? { rows: configured.height, columns: configured.width }
      : (consoleSize ?? { rows: 0, columns: 0 }),
    oomScoreAdj: process.oomScoreAdj ?? 0,
    ...planScheduler(process),
    ...planIoPriority(process),
  }
}

/** getenv(3) finds the first of a name; what is said later holds, as with runc. */
const lastOfEach = (env: readonly string[]): string[] => [
  ...new Map(env.map(entry => [entry.slice(0, entry.indexOf('=')), entry])).values(),
]

/** RLIM_INFINITY is 2^64-1; RLIM64_INFINITY and some engines' "no limit" are as good as that. */
const toLimit = (value: number): BootRlimit['soft'] =>
  value >= Number.MAX_SAFE_INTEGER ? 'unlimited' : value

const POLICIES: Readonly<Record<string, number>> = {
  SCHED_OTHER: SCHED_NORMAL,
  SCHED_FIFO,
  SCHED_RR,
  SCHED_BATCH,
  SCHED_IDLE,
}

/** Errors: Failure for a policy that the guest's kernel does not have. */
function planScheduler({ scheduler }: SpecProcess): Pick<BootProcess, 'scheduler'> {
  if (scheduler === undefined) return {}
  const policy = POLICIES[scheduler.policy]
  if (policy === undefined)
    throw new Failure(`config.json: process.scheduler.policy: ${scheduler.policy}: not supported`)
  const { nice = 0, priority = 0, flags = [] } = scheduler
  const isRealtime = policy === SCHED_FIFO || policy === SCHED_RR
  if (isRealtime !== (priority >= 1 && priority <= 99)) {
    const wanted = isRealtime ? 'from 1 to 99' : '0'
    throw new Failure(
      `config.json: process.scheduler.priority: expected ${wanted} with ${scheduler.policy}, found ${priority}`,
    )
  }
  const resetOnFork = flags.includes('SCHED_FLAG_RESET_ON_FORK')
  return { scheduler: { policy, nice, priority, resetOnFork } }
}

const CLASSES = { IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE } as const

function planIoPriority({ ioPriority }: SpecProcess): Pick<BootProcess, 'ioPriority'> {
  if (ioPriority === undefined) return {}
  return { ioPriority: (CLASSES[ioPriority.class] << IOPRIO_CLASS_SHIFT) | ioPriority.priority }
}
