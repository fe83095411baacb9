// Descriptors 0, 1 and 2 of the sandbox process, if it is to have others than it started with. (runsc)

import {
  close,
  dup3,
  dupCloexec,
  getTermios,
  isatty,
  makeRaw,
  setControllingTerminal,
  setTermios,
} from '@tsvisor/host'
import type { BootProcess } from './boot-config.ts'
import type { PassedFds } from './passed-fds.ts'

/**
 * Puts what came with the boot request in place of what this process inherited. A terminal becomes its
 * controlling one, so that it hears of size changes and of the hang-up; returned is a descriptor of it.
 */
export function takeOverStdio({ terminal }: BootProcess, passed: PassedFds): number | undefined {
  if (!passed.has('stdin')) return undefined
  for (const [fd, from] of passed.takeStdio().entries()) {
    dup3(from, fd, 0)
    close(from)
  }
  if (!terminal || !isatty(0)) return undefined
  setTermios(0, makeRaw(getTermios(0)), 'now')
  setControllingTerminal(0)
  return dupCloexec(0, 3)
}
