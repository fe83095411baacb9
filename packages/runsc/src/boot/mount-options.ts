// Mount options as config.json has them: per-mount flags and the file system's own. (runsc)

import {
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
} from '@tsvisor/abi'

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
}
/** Options that say how, not what: of no meaning once the tree is attached. */
const IGNORED = new Set([
  'bind',
  'rbind',
  'defaults',
  'async',
  'sync',
  'private',
  'rprivate',
  'shared',
  'rshared',
  'slave',
  'rslave',
  'unbindable',
  'runbindable',
  'silent',
  'loud',
  'remount',
  'tmpcopyup',
  'copy-symlink',
])

export interface ParsedOptions {
  /** MS_* */
  readonly flags: number
  /** "size=64k" as ["size", "64k"], in order. */
  readonly data: ReadonlyMap<string, string>
}

export function parseMountOptions(options: readonly string[]): ParsedOptions {
  let flags = MS_RELATIME
  const data = new Map<string, string>()
  for (const option of options) {
    const flag = FLAGS[option]
    if (flag) flags = (flags & ~flag[1]) | flag[0]
    else if (!IGNORED.has(option)) {
      const equals = option.indexOf('=')
      if (equals < 0) data.set(option, '')
      else data.set(option.slice(0, equals), option.slice(equals + 1))
    }
  }
  return { flags, data }
}

/** A decimal number, or an octal one. */
export const parseNumber = (text: string | undefined, radix: 8 | 10): number | undefined =>
  text !== undefined && /^[0-9]+$/.test(text) ? Number.parseInt(text, radix) : undefined

/** All that are known without a value, for `runsc features`. */
export const knownOptions = (): string[] => [...Object.keys(FLAGS), ...IGNORED].sort()
