// Making and removing the directories of a cgroup. (runsc)

import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure, reasonOf } from '../failure.ts'
import type { Hierarchies, Hierarchy } from './hierarchies.ts'
import { CgroupFiles } from './setting.ts'

export interface PlannedDirectories {
  /** By controller; version 2's is ''. */
  readonly directories: ReadonlyMap<string, string>
  /** Directories above them that do not exist yet, the outermost first. */
  readonly parents: readonly string[]
}

/** Those that could not be made are absent. */
export interface CgroupDirectories extends PlannedDirectories {
  /** Directories that did not exist, the outermost first. */
  readonly created: readonly string[]
  /** The first that was not permitted. */
  readonly refused: { readonly directory: string; readonly reason: string } | undefined
}

const NOT_PERMITTED = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Whether a call failed for want of a right. */
export const isNotPermitted = (error: unknown): boolean =>
  NOT_PERMITTED.has((error as NodeJS.ErrnoException).code ?? '')

/** What `makeDirectories` would make. */
export function planDirectories(hierarchies: Hierarchies, path: string): PlannedDirectories {
  const directories = new Map<string, string>()
  const parents = new Set<string>()
  for (const [controller, hierarchy] of hierarchies) {
    const directory = directoryIn(hierarchy, hierarchies, path)
    directories.set(controller, directory)
    for (const each of chain(hierarchy, directory))
      if (each !== directory && !existsSync(each)) parents.add(each)
  }
  return { directories, parents: [...parents] }
}

/** Somebody else's cgroup has that name. */
export class CgroupTaken extends Failure {}

/**
 * `existing`: whether a cgroup that is there already is joined. Errors: CgroupTaken, Failure for what is not a matter
 * of permission; then nothing is left.
 */
export function makeDirectories(
  hierarchies: Hierarchies,
  path: string,
  existing: 'join' | 'refuse' = 'join',
): CgroupDirectories {
  const directories = new Map<string, string>()
  const created: string[] = []
  let refused: CgroupDirectories['refused']
  for (const [controller, hierarchy] of hierarchies) {
    const directory = directoryIn(hierarchy, hierarchies, path)
    try {
      const mayExist = existing === 'join' || created.includes(directory)
      makeWithParents(hierarchy, directory, created)
      if (!mayExist && !created.includes(directory))
        throw new CgroupTaken(`cgroup ${directory}: is there already`)
      directories.set(controller, directory)
    } catch (error) {
      if (!isNotPermitted(error)) {
        for (const made of created.toReversed()) removeTree(made)
        if (error instanceof CgroupTaken) throw error
        throw new Failure(`cgroup ${directory}: ${reasonOf(error)}`)
      }
      refused ??= { directory, reason: reasonOf(error) }
    }
  }
  const own = new Set(directories.values())
  return { directories, created, parents: created.filter(it => !own.has(it)), refused }
}

function directoryIn(hierarchy: Hierarchy, hierarchies: Hierarchies, path: string): string {
  if (path.startsWith('/')) return join(hierarchy.mountPoint, path)
  const { own, mountPoint } = hierarchy
  // Version 2 lets no cgroup have both processes and children with controllers: beside, not below.
  const beside = hierarchy.version === 2 && hierarchies.size === 1 && own !== mountPoint
  return join(beside ? dirname(own) : own, path)
}

/** From below the top of the hierarchy to the directory itself. */
function chain({ mountPoint }: Hierarchy, directory: string): string[] {
  const names = directory.slice(mountPoint.length).split('/').filter(Boolean)
  return names.map((_, n) => join(mountPoint, ...names.slice(0, n + 1)))
}

function makeWithParents(hierarchy: Hierarchy, directory: string, created: string[]): void {
  const { version, mountPoint } = hierarchy
  let parent = mountPoint
  for (const child of chain(hierarchy, directory)) {
    if (version === 2) enableControllers(parent)
    try {
      mkdirSync(child)
      created.push(child)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (version === 1) inheritCpuset(parent, child)
    parent = child
  }
}

/** Whichever can be had: what is asked for and missing is found out when it is set. */
function enableControllers(directory: string): void {
  const files = new CgroupFiles(directory)
  const enabled = new Set((files.read('cgroup.subtree_control') ?? '').split(' '))
  for (const controller of (files.read('cgroup.controllers') ?? '').split(' ')) {
    if (controller === '' || enabled.has(controller)) continue
    try {
      files.write('cgroup.subtree_control', `+${controller}`)
    } catch {
      // Not ours to give, or the directory has processes.
    }
  }
}

/** A new version 1 cpuset has no CPU and no memory, and so takes no process. */
function inheritCpuset(parent: string, child: string): void {
  const [from, to] = [new CgroupFiles(parent), new CgroupFiles(child)]
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (to.read(file) !== '') continue
    const value = from.read(file) || from.read(file.replace('cpuset.', 'cpuset.effective_'))
    if (value) to.write(file, value)
  }
}

/**
 * Removes the cgroup and what is below it, or it alone. False: it is in use. One that is gone already is removed.
 * Errors: Failure.
 */
export function removeTree(directory: string, extent: 'below' | 'this' = 'below'): boolean {
  // The outermost comes first.
  for (const each of (extent === 'this' ? [directory] : subtree(directory)).toReversed()) {
    try {
      rmdirSync(each)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EBUSY' || code === 'ENOTEMPTY') return false
      if (code !== 'ENOENT') throw new Failure(`cgroup ${each}: ${reasonOf(error)}`)
    }
  }
  return true
}

/** The directory and all below, the outermost first. */
export function subtree(directory: string): string[] {
  const all = [directory]
  // Grows while it is gone through.
  for (const each of all) {
    try {
      for (const entry of readdirSync(each, { withFileTypes: true }))
        if (entry.isDirectory()) all.push(join(each, entry.name))
    } catch {
      // Gone meanwhile.
    }
  }
  return all
}
