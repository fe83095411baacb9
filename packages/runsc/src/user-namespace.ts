// Whose root this process is: the machine's, or that of a user namespace. (runsc)

import { readFileSync } from 'node:fs'

/** `size` numbers from `inside` on are those from `outside` on in the namespace above. */
export interface MappedIds {
  readonly inside: number
  readonly outside: number
  readonly size: number
}

/** How many ids there are; -1 is none. */
const ALL = 2 ** 32 - 1

/** The ids that this process knows: user_namespaces(7). */
export function ownIds(which: 'uid' | 'gid'): MappedIds[] {
  let text: string
  try {
    text = readFileSync(`/proc/self/${which}_map`, 'utf8')
  } catch {
    // A kernel without user namespaces.
    return [{ inside: 0, outside: 0, size: ALL }]
  }
  return parseIdMap(text)
}

/** The text of /proc/PID/uid_map. */
export const parseIdMap = (text: string): MappedIds[] =>
  text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const [inside, outside, size] = line.trim().split(/\s+/).map(Number)
      return { inside: inside!, outside: outside!, size: size! }
    })

/** Whether each number stands for itself, as on the machine. */
export const isWhole = ([first, ...more]: readonly MappedIds[]): boolean =>
  first?.inside === 0 && first.outside === 0 && first.size === ALL && more.length === 0

/** Whether ids here are others than the machine's. */
const isInUserNamespace = (): boolean => !isWhole(ownIds('uid'))

/** Whether this process is an ordinary user's: root of a namespace of theirs has their session's directory, and name. */
export function isOrdinaryUser(): boolean {
  if (process.geteuid!() !== 0) return true
  const { XDG_RUNTIME_DIR: directory, USER: name } = process.env
  return Boolean(directory) && name !== 'root' && isInUserNamespace()
}
