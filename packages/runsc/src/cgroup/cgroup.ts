// The host cgroup of a container: its limits, its members, its figures. (runsc)
//
// One directory in each hierarchy that the machine has: version 1, version 2, or both side by side.

import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { SpecResources } from '@tsvisor/oci-spec'
import { Failure, reasonOf } from '../failure.ts'
import { type CgroupDriver, type CgroupPath, parseCgroupsPath } from './cgroup-path.ts'
import {
  type CgroupDirectories,
  CgroupTaken,
  isNotPermitted,
  makeDirectories,
  type PlannedDirectories,
  planDirectories,
  removeTree,
  subtree,
} from './directories.ts'
import { type Hierarchies, hostHierarchies, UNIFIED } from './hierarchies.ts'
import { applyResources } from './resources.ts'
import { CgroupFiles } from './setting.ts'
import { type CgroupStats, readStats } from './stats.ts'
import { isSystemdRunning, startScope, stopScope } from './systemd.ts'

export type { CgroupDriver } from './cgroup-path.ts'
export type { CgroupStats } from './stats.ts'

export interface CgroupOptions {
  /** The container's id, which the cgroup is named after. */
  readonly id: string
  /** Its name where a container of another --root has that one. */
  readonly alias: () => string
  /** linux.cgroupsPath */
  readonly path: string | undefined
  readonly driver: CgroupDriver
  /** linux.resources */
  readonly resources: SpecResources | undefined
  readonly rootless: boolean
  readonly warn: (message: string) => void
  /** Called whenever there is something new to keep, before it is made. */
  readonly record: (state: CgroupState) => void
  /** Hears what is most likely a mistake. */
  readonly alert: (message: string) => void
  /** Instead of this machine's: for tests. */
  readonly hierarchies?: Hierarchies
}

/** What state.json keeps. */
export interface CgroupState {
  readonly driver: CgroupDriver
  /** The directory in each hierarchy, by controller; version 2's is ''. */
  readonly paths: Readonly<Record<string, string>>
  /** Directories above that did not exist before, the innermost last. */
  readonly parents: readonly string[]
  /** systemd's name for it. */
  readonly unit?: string
}

type Refused = NonNullable<CgroupDirectories['refused']>

const REMOVE_TIMEOUT_MS = 5000

export class Cgroup {
  #state: CgroupState
  /** Limits that can be set only when systemd has made the cgroup, for which it wants a process. */
  #start: ((pid: number) => void) | undefined
  /** Goes without a directory that takes no process; for the first one only. */
  #withdraw: ((refused: Refused) => void) | undefined

  private constructor(state: CgroupState) {
    this.#state = state
  }

  /**
   * Makes the cgroup and sets its limits. Where that is not permitted, or there are no cgroups, it is a
   * warning unless the configuration asks for limits. Nothing is left behind on errors.
   * Errors: Failure naming the member of the configuration.
   */
  static create(options: CgroupOptions): Cgroup {
    const { warn } = options
    const place = parseCgroupsPath(options.path, options)
    if (place.unit === undefined) return Cgroup.#makeNamed(options, place)
    if (isSystemdRunning()) return Cgroup.#makeByUnit(options, place, place.unit)
    warn('--systemd-cgroup: systemd does not run on this machine; its cgroup is made without it')
    return Cgroup.#make(options, { path: place.path })
  }

  /** What {@link state} returned, perhaps in another process. */
  static load(state: CgroupState): Cgroup {
    return new Cgroup(state)
  }

  get state(): CgroupState {
    return this.#state
  }

  toJSON(): CgroupState {
    return this.#state
  }

  static #make(
    options: CgroupOptions,
    place: CgroupPath,
    existing: 'join' | 'refuse' = 'join',
  ): Cgroup {
    const { driver, record, warn, hierarchies = hostHierarchies() } = options
    const stateOf = ({ directories, parents }: PlannedDirectories): CgroupState => ({
      driver,
      paths: Object.fromEntries(directories),
      parents,
      ...(place.unit && { unit: place.unit.name }),
    })
    const planned = planDirectories(hierarchies, place.path)
    // What goes on record is removed one day.
    if (existing === 'refuse') refuseTaken(planned)
    record(stateOf(planned))
    const made = makeDirectories(hierarchies, place.path, existing)
    const cgroup = new Cgroup(stateOf(made))
    try {
      checkUse(cgroup, made, options.alert)
      applyResources(options.resources, made, hierarchies, warn)
    } catch (error) {
      for (const directory of made.created.toReversed()) removeTree(directory)
      // What was there before is not the container's to remove.
      record({ driver, paths: {}, parents: [] })
      throw error
    }
    const warnOf = ({ directory, reason }: Refused) =>
      warn(`cannot make a cgroup (${directory}: ${reason}); the container runs in this process's`)
    const { refused } = made
    if (refused) {
      warnOf(refused)
      record(cgroup.state)
    }
    if (!options.rootless) return cgroup
    cgroup.#withdraw = refused => {
      const others = Object.entries(cgroup.state.paths).filter(([, it]) => it !== refused.directory)
      const rest = { ...made, directories: new Map(others), refused }
      if (made.created.includes(refused.directory)) removeTree(refused.directory)
      cgroup.#state = stateOf(rest)
      record(cgroup.state)
      applyResources(options.resources, rest, hierarchies, warn)
      warnOf(refused)
    }
    return cgroup
  }

  /** Nobody has said where: then only in a place of its own. */
  static #makeNamed(options: CgroupOptions, place: CgroupPath): Cgroup {
    if (options.path) return Cgroup.#make(options, place)
    try {
      return Cgroup.#make(options, place, 'refuse')
    } catch (error) {
      if (!(error instanceof CgroupTaken)) throw error
      return Cgroup.#make(options, { path: options.alias() })
    }
  }

  /** systemd makes the directories when it gets the first process. */
  static #makeByUnit(
    options: CgroupOptions,
    place: CgroupPath,
    unit: NonNullable<CgroupPath['unit']>,
  ): Cgroup {
    const cgroup = new Cgroup({ driver: 'systemd', paths: {}, parents: [], unit: unit.name })
    options.record(cgroup.state)
    cgroup.#start = pid => {
      startScope({ ...unit, id: options.id, pid, rootless: options.rootless })
      cgroup.#state = Cgroup.#make(options, place).state
    }
    return cgroup
  }

  /**
   * Moves a process with all its threads here; its children will start here.
   * With systemd the state is complete after the first call only. An ordinary user may own a cgroup and
   * yet move nobody there (cgroups(7), "Delegation containment"): that is then as if it could not be made.
   * Errors: Failure.
   */
  add(pid: number): void {
    const start = this.#start
    this.#start = undefined
    start?.(pid)
    for (const directory of this.#directories()) {
      try {
        new CgroupFiles(directory).write('cgroup.procs', String(pid))
      } catch (error) {
        if (this.#withdraw === undefined || !isNotPermitted(error)) {
          const { message } = error as Error
          throw new Failure(`cgroup ${directory}: cannot add process ${pid}: ${message}`)
        }
        this.#withdraw({ directory, reason: reasonOf(error) })
      }
    }
    this.#withdraw = undefined
  }

  /** Host ids of all processes in it and below it; empty when it is gone. */
  pids(): number[] {
    const { paths } = this.#state
    const path = paths['pids'] ?? paths['memory'] ?? paths[UNIFIED] ?? Object.values(paths)[0]
    if (path === undefined) return []
    return subtree(path).flatMap(directory => {
      const procs = new CgroupFiles(directory).read('cgroup.procs') ?? ''
      return procs === '' ? [] : procs.split('\n').map(Number)
    })
  }

  /** As `runc events --stats` prints them under `data`. */
  stats(): CgroupStats {
    return readStats(this.#state.paths)
  }

  /** How often the host has killed a process here for want of memory, and the limit in bytes. */
  memoryKills(): { readonly count: number; readonly limit: number | undefined } {
    const { paths } = this.#state
    const v1 = paths['memory']
    const directory = v1 ?? paths[UNIFIED]
    if (directory === undefined) return { count: 0, limit: undefined }
    const files = new CgroupFiles(directory)
    const events = files.table(v1 === undefined ? 'memory.events' : 'memory.oom_control')
    const limit = files.number(v1 === undefined ? 'memory.max' : 'memory.limit_in_bytes')
    return {
      count: events.get('oom_kill') ?? 0,
      limit: limit !== undefined && limit < UNLIMITED_PAGES ? limit : undefined,
    }
  }

  /** Sets limits anew; those not named stay. Errors: Failure. */
  update(resources: SpecResources, warn: (message: string) => void): void {
    const directories = new Map(Object.entries(this.#state.paths))
    const made = { directories, created: [], parents: [], refused: undefined }
    applyResources(resources, made, hostHierarchies(), warn)
  }

  /**
   * Removes it and everything below. Its processes must be killed before: those that are still dying
   * are waited for. Where processes of others are in it, it is left to them, and `warn` hears of it.
   * Safe to call again. Errors: Failure when it is still in use after five seconds.
   */
  async remove(warn: (message: string) => void): Promise<void> {
    const { unit } = this.#state
    if (unit !== undefined) stopScope(unit)
    const deadline = Date.now() + REMOVE_TIMEOUT_MS
    for (const path of this.#directories()) {
      for (let pause = 1; !removeTree(path); pause = Math.min(pause * 2, 100)) {
        if (Date.now() > deadline) {
          const [other] = this.pids()
          if (other !== undefined) return warn(`cgroup ${path}: stays: process ${other} is in it`)
          throw new Failure(`cgroup ${path}: cannot be removed: it is in use`)
        }
        await delay(pause)
      }
    }
    // Somebody else may use them by now.
    for (const parent of this.#state.parents.toReversed()) removeTree(parent, 'this')
  }

  /** Controllers that are mounted together share one. */
  #directories(): Set<string> {
    return new Set(Object.values(this.#state.paths))
  }
}

/** Errors: CgroupTaken. */
function refuseTaken({ directories }: PlannedDirectories): void {
  const there = [...directories.values()].find(each => existsSync(each))
  if (there !== undefined) throw new CgroupTaken(`cgroup ${there}: is there already`)
}

/** It may have been there before. Errors: Failure: what joins a frozen one stops. */
function checkUse(
  cgroup: Cgroup,
  { directories }: CgroupDirectories,
  alert: (message: string) => void,
): void {
  const freezer = directories.get('freezer') ?? directories.get(UNIFIED)
  const files = freezer === undefined ? undefined : new CgroupFiles(freezer)
  if (files?.read('freezer.state') === 'FROZEN' || files?.read('cgroup.freeze') === '1')
    throw new Failure(`container's cgroup unexpectedly frozen: ${freezer}`)
  const { length } = cgroup.pids()
  if (length > 0) alert(`container's cgroup is not empty: ${length} process(es) found`)
}

/** "No limit" is the greatest number of pages, in bytes. */
const UNLIMITED_PAGES = 2 ** 62
