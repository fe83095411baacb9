// `runsc exec --cgroup`: which groups a process joins. (runsc)

import { posix } from 'node:path'
import type { BootProcess } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import { Failure } from '../failure.ts'

/** "path" for all hierarchies, or "controller[,controller]:path", repeated. Errors: Failure. */
export function execCgroups(args: readonly string[]): Pick<BootProcess, 'cgroups'> {
  if (args.length === 0) return {}
  const groups: Record<string, string> = {}
  for (const argument of args) {
    const [first = '', second, ...more] = argument.split(':')
    if (more.length > 0)
      throw new Failure(`--cgroup: expected "path" or "controller:path", found "${argument}"`)
    if (second === undefined && args.length > 1)
      throw new Failure(`--cgroup: expected "controller:path" in each, found "${argument}"`)
    const path = second ?? first
    // A path that leads out is no mistake of letters: nothing of it is dropped.
    if (posix.join('a', path).split('/')[0] !== 'a')
      throw new Failure(`--cgroup: ${path} is not a sub cgroup path`)
    for (const controller of second === undefined ? [''] : first.split(','))
      groups[toBytes(controller)] = toBytes(posix.join('/', path))
  }
  return { cgroups: groups }
}
