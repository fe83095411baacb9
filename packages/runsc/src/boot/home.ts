// The home directory of a guest's user, by the guest's /etc/passwd. (runsc)

import type { Task } from '@tsvisor/sentry-kernel'
import { usersOf } from './passwd.ts'

/** The environment with a HOME: as runc does, that of the process's user where it has none, or "/". */
export function withHome(env: readonly string[], task: Task): string[] {
  if (env.some(entry => entry.length > 'HOME='.length && entry.startsWith('HOME='))) return [...env]
  return [...env.filter(entry => entry !== 'HOME='), `HOME=${homeOf(task)}`]
}

function homeOf(task: Task): string {
  const id = String(task.creds.uid)
  for (const { uid, home } of usersOf(task)) if (uid === id) return home
  return '/'
}
