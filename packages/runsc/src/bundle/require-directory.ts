// A setting that must be the path of a directory. (runsc)

import { statSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'

/** Errors: Failure, which names the setting that the path came from. */
export function requireDirectory(path: string, setting: string): void {
  let isDirectory: boolean
  try {
    isDirectory = statSync(path).isDirectory()
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)} (${setting})`)
  }
  if (!isDirectory) throw new Failure(`${path}: not a directory (${setting})`)
}
