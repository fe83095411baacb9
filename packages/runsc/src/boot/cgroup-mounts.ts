// Control groups in the guest: what a "cgroup" mount of the configuration is, and where exec joins. (runsc)

import { Errno } from '@tsvisor/abi'
import {
  type Container,
  type ControlGroups,
  type Kernel,
  type MountNamespace,
  migrate,
  newCgroupfs,
  type Task,
  Tmpfs,
} from '@tsvisor/sentry-kernel'
import type { BootProcess } from './boot-config.ts'
import { BootFailure } from './failure.ts'
import { mountPoint } from './mount-point.ts'

const OWNER = { uid: 0, gid: 0 }

export interface CgroupMount {
  readonly kernel: Kernel
  readonly groups: ControlGroups
  readonly destination: string
  /** MS_* */
  readonly flags: number
}

/** With version 1 a tmpfs that holds a directory for each hierarchy, as runc makes it. */
export function mountHierarchies(namespace: MountNamespace, mount: CgroupMount): void {
  const { kernel, groups, destination, flags } = mount
  const { platform, clock } = kernel
  const synthetic = { platform, clock, dev: kernel.nextDev() }
  const top = new Tmpfs({ ...synthetic, mode: 0o755 })
  namespace.mountAt(
    mountPoint({ namespace, synthetic }, destination, 'directory'),
    top,
    flags,
    'tmpfs',
  )
  for (const { controllers } of groups.hierarchies) {
    const name = controllers.map(each => each.replace(/^name=/, '')).join(',')
    top.root.mkdir(name, 0o755, OWNER)
    if (controllers.length > 1) for (const each of controllers) top.root.symlink(each, name, OWNER)
    const place = mountPoint({ namespace, synthetic }, `${destination}/${name}`, 'directory')
    const fs = newCgroupfs({ kernel, groups, type: 'cgroup', data: controllers.join() })
    namespace.mountAt(place, fs, flags, 'cgroup')
  }
}

/**
 * Puts a process that exec starts where it belongs: the groups that the call names, or the top ones. Errors:
 * BootFailure.
 */
export function joinGroups(task: Task, container: Container, { cgroups }: BootProcess): void {
  const { controlGroups: groups, init } = container
  if (cgroups === undefined) {
    // Members are not allowed beside children with controllers: then it goes where the first process is.
    const first = init?.anyTask
    if (groups.unified.root.delegated.size > 0 && first)
      migrate(task, first.cgroups.in(groups.unified))
    return
  }
  const pid = task.pid.in(container.pidNamespace)
  for (const [name, path] of Object.entries(cgroups)) {
    const all = [...groups.hierarchies, ...(groups.unifiedShown ? [groups.unified] : [])]
    const wanted = name === '' ? all : all.filter(({ controllers }) => controllers.includes(name))
    if (wanted.length === 0) throw new BootFailure(`--cgroup: unknown controller ${name}`)
    for (const hierarchy of wanted) {
      try {
        migrate(task, hierarchy.find(path))
      } catch (error) {
        if (!(error instanceof Errno)) throw error
        const file = `${hierarchy.place}/${path}/cgroup.procs`.replace(/\/+/g, '/')
        const reason = error.message.toLowerCase()
        throw new BootFailure(`--cgroup: adding pid ${pid} to cgroups: ${file}: ${reason}`)
      }
    }
  }
}
