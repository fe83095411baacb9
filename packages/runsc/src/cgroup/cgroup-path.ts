// linux.cgroupsPath: what it names under each driver. (runsc)

import { posix } from 'node:path'
import { Failure } from '../failure.ts'

export type CgroupDriver = 'cgroupfs' | 'systemd'

export interface CgroupPath {
  /** Absolute: below the top of a hierarchy. Relative: below this process's own cgroup. No "..". */
  readonly path: string
  /** The unit that systemd knows it by, and the slice of that. */
  readonly unit?: { readonly name: string; readonly slice: string }
}

/** Without a path in the configuration it is the container's id. Errors: Failure. */
export function parseCgroupsPath(
  cgroupsPath: string | undefined,
  { id, driver, rootless }: { id: string; driver: CgroupDriver; rootless: boolean },
): CgroupPath {
  if (driver === 'systemd') return systemdPath(cgroupsPath, id, rootless)
  const path = cgroupsPath || id
  const clean = posix.normalize(`/${path}`)
  if (clean === '/') throw invalid(path, 'expected the name of a cgroup below the top')
  return { path: path.startsWith('/') ? clean : clean.slice(1) }
}

/** `slice:prefix:name`, as runc has it: prefix-name.scope in the slice. */
function systemdPath(cgroupsPath: string | undefined, id: string, rootless: boolean): CgroupPath {
  const parts = (cgroupsPath || `:runc:${id}`).split(':')
  if (parts.length !== 3) {
    throw invalid(cgroupsPath!, 'expected "slice:prefix:name", which --systemd-cgroup asks for')
  }
  const [givenSlice = '', prefix = '', name = ''] = parts
  const slice = givenSlice || (rootless ? 'user.slice' : 'system.slice')
  if (name === '' || `${prefix}${name}`.includes('/')) {
    throw invalid(cgroupsPath!, 'expected a prefix and a name without "/"')
  }
  const unit = name.endsWith('.slice') ? name : `${prefix === '' ? '' : `${prefix}-`}${name}.scope`
  return { path: posix.join(expandSlice(slice), unit), unit: { name: unit, slice } }
}

/** `a-b.slice` is `/a.slice/a-b.slice`: systemd.slice(5). Errors: Failure. */
export function expandSlice(slice: string): string {
  const name = slice.replace(/\.slice$/, '')
  if (name === slice || slice.includes('/')) {
    throw invalid(slice, 'expected the name of a slice, such as "system.slice"')
  }
  if (name === '-') return '/'
  const parts = name.split('-')
  if (parts.includes('')) throw invalid(slice, 'expected a slice without empty parts')
  return `/${parts.map((_, n) => `${parts.slice(0, n + 1).join('-')}.slice`).join('/')}`
}

const invalid = (found: string, reason: string): Failure =>
  new Failure(`linux.cgroupsPath: ${reason}, found ${JSON.stringify(found)}`)
