// What programs asked for in vain. (kernel core)

import type { Task } from '../task/task.ts'
import { kernelLocal } from './kernel-local.ts'

/** Words come from the guest's numbers, of which there are many. */
const MOST = 64
const noted = kernelLocal(() => new Set<string>())

/** Logs that `what` is not implemented: once each. */
export function noteMissing({ kernel }: Task, what: string): void {
  const said = noted(kernel)
  if (said.has(what) || said.size >= MOST) return
  said.add(what)
  kernel.log.warn(`${what} is not implemented`)
}
