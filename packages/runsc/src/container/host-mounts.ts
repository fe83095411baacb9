// What the host has mounted below a directory. (runsc)

import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { relative } from 'node:path'

export interface HostMount {
  /** Below the directory, without a slash in front. */
  readonly name: string
  /** Absolute, without symbolic links. */
  readonly path: string
  /** st_dev */
  readonly device: number
  /** Of "ro", "nosuid", "nodev", "noexec". */
  readonly flags: readonly string[]
}

const FLAGS = new Set(['ro', 'nosuid', 'nodev', 'noexec'])

/** Those that can be seen there, the outer ones first. */
export function mountsBelow(directory: string): HostMount[] {
  const top = realpathSync(directory)
  // Mounted over, the later one is seen.
  const found = new Map<string, HostMount>()
  for (const { path, flags } of parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))) {
    const name = relative(top, path)
    if (name === '' || name === '..' || name.startsWith('../')) continue
    const device = deviceAt(path)
    if (device !== undefined) found.set(path, { name, path, device, flags })
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Undefined where something else hides it, or nobody lets us look. */
function deviceAt(path: string): number | undefined {
  try {
    return lstatSync(path).dev
  } catch {
    return undefined
  }
}

/** proc_pid_mountinfo(5) */
export function parseMountinfo(text: string): Pick<HostMount, 'path' | 'flags'>[] {
  return text
    .split('\n')
    .map(line => line.split(' '))
    .filter(fields => fields.length > 6)
    .map(fields => ({
      path: fields[4]!.replace(/\\([0-7]{3})/g, (_, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
      ),
      flags: fields[5]!.split(',').filter(flag => FLAGS.has(flag)),
    }))
}
