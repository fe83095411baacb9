// Sets linux.resources: each controller in the hierarchy that has it. (runsc)

import type { SpecResources } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'
import type { CgroupDirectories } from './directories.ts'
import { type Hierarchies, UNIFIED } from './hierarchies.ts'
import { applySetting, CgroupFiles, type Setting } from './setting.ts'
import { settingsV1 } from './settings-v1.ts'
import { settingsV2 } from './settings-v2.ts'

/** Version 1's name of what version 2 calls io. */
const NAME_IN_V1: Readonly<Record<string, string>> = { io: 'blkio' }
/** Only version 1 has these. */
const V1_ONLY = ['devices', 'net_cls', 'net_prio']

type Warn = (message: string) => void

/** Errors: Failure naming the member that cannot be had. */
export function applyResources(
  resources: SpecResources | undefined,
  made: CgroupDirectories,
  hierarchies: Hierarchies,
  warn: Warn,
): void {
  if (resources === undefined) return
  const unified = made.directories.get(UNIFIED)
  for (const [controller, settingsOf] of Object.entries(settingsV2)) {
    const name = NAME_IN_V1[controller] ?? controller
    const v1 = made.directories.get(name)
    if (v1 !== undefined) apply(settingsV1[name]!, v1)
    else if (unified !== undefined && offers(unified, controller)) apply(settingsOf, unified)
    else refuse(settingsOf(resources, NOWHERE), name)
  }
  for (const controller of V1_ONLY) {
    const directory = made.directories.get(controller)
    if (directory !== undefined) apply(settingsV1[controller]!, directory)
    // The guest has no device of the host's that a rule could keep from it.
    else if (controller !== 'devices')
      refuse(settingsV1[controller]!(resources, NOWHERE), controller)
  }
  applyUnified(resources.unified ?? {}, unified, warn)

  function apply(settingsOf: (typeof settingsV1)[string], directory: string): void {
    const cgroup = new CgroupFiles(directory)
    for (const each of settingsOf(resources!, cgroup)) applySetting(cgroup, each, warn)
  }

  function refuse(settings: readonly Setting[], controller: string): void {
    for (const { member, missing } of settings) {
      if (missing === 'skip') continue
      const { refused } = made
      const mayExist = hierarchies.has(controller) || hierarchies.has(UNIFIED)
      const reason =
        refused && mayExist
          ? `cannot make a cgroup: ${refused.directory}: ${refused.reason} (${REMEDY})`
          : `this machine has no ${controller} cgroups`
      if (missing === 'refuse') throw new Failure(`${member}: ${reason}`)
      warn(`${member}: ${reason}; ignored`)
    }
  }
}

/** An ordinary user's systemd has cgroups to give; without one root makes them. */
const REMEDY = 'leave the limit out, or have a cgroup delegated to you'

/** A cgroup without files, to see what would be set. */
const NOWHERE = new CgroupFiles('/nonexistent')

const offers = (directory: string, controller: string): boolean =>
  (new CgroupFiles(directory).read('cgroup.controllers') ?? '').split(' ').includes(controller)

/** linux.resources.unified: version 2's files by name. */
function applyUnified(
  unified: Readonly<Record<string, string>>,
  directory: string | undefined,
  warn: Warn,
): void {
  for (const [file, value] of Object.entries(unified)) {
    const member = `linux.resources.unified[${JSON.stringify(file)}]`
    if (!/^[a-z0-9_]+\.[A-Za-z0-9_.-]+$/.test(file)) {
      throw new Failure(`${member}: expected the name of a file: CONTROLLER.PARAMETER`)
    }
    if (directory === undefined) {
      throw new Failure(`${member}: needs version 2 cgroups, which this machine does not have`)
    }
    const cgroup = new CgroupFiles(directory)
    if (!cgroup.has(file)) {
      throw new Failure(`${member}: invalid configuration: this machine's cgroups have no ${file}`)
    }
    // Some files take a line at a time.
    for (const line of value.split('\n').filter(Boolean))
      applySetting(cgroup, { member, file, value: line, missing: 'refuse' }, warn)
  }
}
