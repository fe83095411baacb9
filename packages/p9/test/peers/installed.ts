// Which programs of others there are on this machine.
import { execFileSync } from 'node:child_process'

export const isInstalled = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v "$1"`, 'sh', program])
    return true
  } catch {
    return false
  }
}
