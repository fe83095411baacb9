// Resource limits of a process. (task)

import { RLIM_INFINITY } from '@tsvisor/abi'

/** No limit. */
export const UNLIMITED = RLIM_INFINITY

/** RLIMIT_* in order of their numbers, with the start values of a Linux init. */
const defaults: readonly (readonly [name: string, soft: number, hard: number])[] = [
  ['CPU', UNLIMITED, UNLIMITED],
  ['FSIZE', UNLIMITED, UNLIMITED],
  ['DATA', UNLIMITED, UNLIMITED],
  ['STACK', 8 << 20, UNLIMITED],
  ['CORE', 0, UNLIMITED],
  ['RSS', UNLIMITED, UNLIMITED],
  ['NPROC', UNLIMITED, UNLIMITED],
  ['NOFILE', 1024, 1 << 20],
  ['MEMLOCK', 8 << 20, 8 << 20],
  ['AS', UNLIMITED, UNLIMITED],
  ['LOCKS', UNLIMITED, UNLIMITED],
  ['SIGPENDING', 95_000, 95_000],
  ['MSGQUEUE', 819_200, 819_200],
  ['NICE', 0, 0],
  ['RTPRIO', 0, 0],
  ['RTTIME', UNLIMITED, UNLIMITED],
]

/** RLIM_NLIMITS */
export const LIMIT_COUNT = defaults.length

/** Limits, shared by the threads of a process, copied by fork. UNLIMITED stands for RLIM_INFINITY. */
export class ResourceLimits {
  readonly #soft: number[]
  readonly #hard: number[]

  constructor(from?: ResourceLimits) {
    this.#soft = from ? from.#soft.slice() : defaults.map(([, soft]) => soft)
    this.#hard = from ? from.#hard.slice() : defaults.map(([, , hard]) => hard)
  }
  soft(resource: number): number {
    return this.#soft[resource] ?? UNLIMITED
  }
  hard(resource: number): number {
    return this.#hard[resource] ?? UNLIMITED
  }
  set(resource: number, soft: number, hard: number): void {
    this.#soft[resource] = soft
    this.#hard[resource] = hard
  }
  fork(): ResourceLimits {
    return new ResourceLimits(this)
  }
}
