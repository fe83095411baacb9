// An ordinary user with ids for a user namespace: whoever runs the tests, or one made for root. (runsc tests)

import { spawnSync } from 'node:child_process'
import { accessSync, constants, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { isReachable } from '../reachable.ts'
import { CLI } from '../sandbox.ts'
import type { Place } from './engine.ts'

/** Nobody's on any machine, we hope: nothing is left of it. */
const MADE = { name: 'runsc-tester', id: 1_000_000, subordinates: '1000001:65536' }
const isRoot = process.getuid?.() === 0

/** Why there is none here. */
export function userMissing(): string[] {
  const missing: string[] = []
  const makesNamespace = [...become(), 'unshare', '--user', 'true']
  if (spawnSync(makesNamespace[0]!, makesNamespace.slice(1)).status !== 0)
    missing.push('user namespaces for ordinary users')
  if (isRoot && ![CLI, process.execPath].every(isReachable))
    missing.push('runsc and node where others can read them')
  if (!isRoot && !hasSubordinates()) missing.push('ids for this user in /etc/subuid')
  return missing
}

/** A shell as that user, who gets the place as a home. */
export function userOf(place: Place): readonly string[] {
  const home = place.make('home')
  const env = ['env', `HOME=${home}`, `XDG_RUNTIME_DIR=${place.make('home/run')}`]
  if (!isRoot) return [...env, 'sh']
  // Where only its processes see it.
  const files = {
    passwd: `${MADE.name}:x:${MADE.id}:${MADE.id}::${home}:/bin/sh\n`,
    subuid: `${MADE.name}:${MADE.subordinates}\n`,
    subgid: `${MADE.name}:${MADE.subordinates}\n`,
  }
  const binds = Object.entries(files).map(([name, text]) => {
    const all = name === 'passwd' ? readFileSync('/etc/passwd', 'utf8') + text : text
    return `mount --bind '${place.write(name, all)}' /etc/${name}`
  })
  place.giveTo(MADE.id)
  const enter = [...binds, 'exec "$@"'].join(' && ')
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh'],
    ...[...env, `USER=${MADE.name}`, ...become(), 'sh'],
  ]
}

const become = (): string[] =>
  isRoot ? ['setpriv', `--reuid=${MADE.id}`, `--regid=${MADE.id}`, '--clear-groups'] : []

function hasSubordinates(): boolean {
  const { username, uid } = userInfo()
  return ['/etc/subuid', '/etc/subgid'].every(file => {
    try {
      accessSync(file, constants.R_OK)
    } catch {
      return false
    }
    return readFileSync(file, 'utf8')
      .split('\n')
      .some(line => [username, String(uid)].includes(line.split(':')[0]!))
  })
}
