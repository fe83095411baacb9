// Where the state of containers is kept: --root, or a directory that only this user can write. (runsc)

import { lstatSync, mkdirSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'
import { isOrdinaryUser } from '../user-namespace.ts'

/** Where it is when nothing is said: what runc does, with our name; always a place that is there. */
export function defaultRoot(): string {
  if (!isOrdinaryUser()) return '/run/runsc'
  const runtimeDir = process.env['XDG_RUNTIME_DIR']
  return runtimeDir ? `${runtimeDir}/runsc` : `/tmp/runsc-${process.geteuid!()}`
}

/** Makes the directory where it is missing. Errors: Failure, also when it is somebody else's. */
export function ensureRoot(root: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 })
    const { uid } = lstatSync(root)
    if (root !== defaultRoot() || uid === process.geteuid!()) return
  } catch (error) {
    throw new Failure(`--root ${root}: ${reasonOf(error)}; choose a directory that you can write`)
  }
  throw new Failure(`--root ${root}: belongs to another user; choose a directory of your own`)
}
