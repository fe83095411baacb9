// Who is who in a new user namespace: the same numbers inside as outside. (host)

import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Maps every id that this process knows to itself in the user namespace of process `pid`, its child;
 * without the right to, its own user and group only. Throws where the host forbids even that.
 */
export const mapIdentity = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/uid_map`, identity('/proc/self/uid_map'))
    writeFileSync(`/proc/${pid}/gid_map`, identity('/proc/self/gid_map'))
  } catch {
    mapOwn(pid)
  }
}

const mapOwn = (pid: number): void => {
  const uid = process.geteuid!()
  const gid = process.getegid!()
  writeFileSync(`/proc/${pid}/uid_map`, `${uid} ${uid} 1`)
  writeFileSync(`/proc/${pid}/setgroups`, 'deny')
  writeFileSync(`/proc/${pid}/gid_map`, `${gid} ${gid} 1`)
}

const identity = (path: string): string =>
  readFileSync(path, 'latin1')
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .map(([inside, , count]) => `${inside} ${inside} ${count}\n`)
    .join('')
