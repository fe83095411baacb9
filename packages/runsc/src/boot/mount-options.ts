// Mount options as config.json has them: per-mount flags, propagation, and the file system's own. (runsc)
// runtime-spec config.md, "Linux mount options".

import {
  MS_DIRSYNC,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
} from '@tsvisor/abi'
import type { Propagation } from '@tsvisor/sentry-kernel'

const FLAGS: Readonly<Record<string, [set: number, clear: number]>> = {
  ro: [MS_RDONLY, 0],
  rw: [0, MS_RDONLY],
  nosuid: [MS_NOSUID, 0],
  suid: [0, MS_NOSUID],
  nodev: [MS_NODEV, 0],
  dev: [0, MS_NODEV],
  noexec: [MS_NOEXEC, 0],
  exec: [0, MS_NOEXEC],
  noatime: [MS_NOATIME, MS_RELATIME],
  atime: [0, MS_NOATIME],
  nodiratime: [MS_NODIRATIME, 0],
  diratime: [0, MS_NODIRATIME],
  relatime: [MS_RELATIME, MS_NOATIME | MS_STRICTATIME],
  norelatime: [0, MS_RELATIME],
  strictatime: [MS_STRICTATIME, MS_RELATIME | MS_NOATIME],
  nostrictatime: [0, MS_STRICTATIME],
  nosymfollow: [MS_NOSYMFOLLOW, 0],
  symfollow: [0, MS_NOSYMFOLLOW],
}

/** Of the file system, where one is made. */
const SUPER_FLAGS: typeof FLAGS = {
  sync: [MS_SYNCHRONOUS, 0],
  async: [0, MS_SYNCHRONOUS],
  dirsync: [MS_DIRSYNC, 0],
}

/** Also for what is mounted below. */
const RECURSIVE_FLAGS: typeof FLAGS = Object.fromEntries(
  Object.entries(FLAGS).map(([name, change]) => [`r${name}`, change]),
)

/** MS_SHARED and the like, with or without MS_REC. */
export interface PropagationChange {
  readonly type: Propagation
  readonly depth: 'single' | 'recursive'
}

const TYPES: readonly Propagation[] = ['private', 'shared', 'slave', 'unbindable']
/** Also the values of linux.rootfsPropagation. */
export const PROPAGATIONS: Readonly<Record<string, PropagationChange>> = Object.fromEntries(
  TYPES.flatMap(type => [
    [type, { type, depth: 'single' }],
    [`r${type}`, { type, depth: 'recursive' }],
  ]),
)

/** Options that say how, not what, or that change nothing that a guest could see. */
const WITHOUT_EFFECT = new Set([
  'bind',
  'rbind',
  'defaults',
  'acl',
  'noacl',
  'iversion',
  'noiversion',
  'lazytime',
  'nolazytime',
  'mand',
  'nomand',
  'silent',
  'loud',
  'remount',
  'copy-symlink',
])

/** Options that cannot be had, and why. */
export const REFUSED_OPTIONS: Readonly<Record<string, string>> = {
  idmap: 'there are no id-mapped mounts',
  ridmap: 'there are no id-mapped mounts',
}

export interface ParsedOptions {
  /** MS_* */
  readonly flags: number
  readonly superFlags: number
  readonly propagation: PropagationChange | undefined
  /** A tmpfs that starts with what its mount point holds. */
  readonly isCopyUp: boolean
  /** "size=64k" as ["size", "64k"], in order. */
  readonly data: ReadonlyMap<string, string>
}

export function parseMountOptions(options: readonly string[]): ParsedOptions {
  let flags = MS_RELATIME
  let superFlags = 0
  let propagation: PropagationChange | undefined
  const data = new Map<string, string>()
  for (const option of options) {
    const flag = own(FLAGS, option) ?? own(RECURSIVE_FLAGS, option)
    const superFlag = own(SUPER_FLAGS, option)
    if (flag) flags = (flags & ~flag[1]) | flag[0]
    else if (superFlag) superFlags = (superFlags & ~superFlag[1]) | superFlag[0]
    else if (own(PROPAGATIONS, option)) propagation = PROPAGATIONS[option]
    else if (!WITHOUT_EFFECT.has(option) && option !== 'tmpcopyup') {
      const equals = option.indexOf('=')
      if (equals < 0) data.set(option, '')
      else data.set(option.slice(0, equals), option.slice(equals + 1))
    }
  }
  return { flags, superFlags, propagation, isCopyUp: options.includes('tmpcopyup'), data }
}

/** Whether there are flags that do not hold for what is mounted below. */
export const hasTopmostFlags = (options: readonly string[]): boolean =>
  options.some(option => Object.hasOwn(FLAGS, option))

/** What holds for mounts below too. */
export const recursiveOptions = (options: readonly string[]): string[] =>
  options.filter(
    option =>
      option === 'rbind' ||
      Object.hasOwn(RECURSIVE_FLAGS, option) ||
      own(PROPAGATIONS, option)?.depth === 'recursive',
  )

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

/** A decimal number, or an octal one. */
export const parseNumber = (text: string | undefined, radix: 8 | 10): number | undefined =>
  text !== undefined && /^[0-9]+$/.test(text) ? Number.parseInt(text, radix) : undefined

/** All that are known without a value, for `runsc features`. */
export const knownOptions = (): string[] =>
  [
    ...Object.keys(FLAGS),
    ...Object.keys(RECURSIVE_FLAGS),
    ...Object.keys(SUPER_FLAGS),
    ...Object.keys(PROPAGATIONS),
    ...WITHOUT_EFFECT,
    'tmpcopyup',
  ].sort()
