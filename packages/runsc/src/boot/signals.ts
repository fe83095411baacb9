// Signals that somebody sends to the sandbox process itself: they are meant for the container. (runsc)

import { SIGWINCH } from '@tsvisor/abi'
import { getWindowSize, read, signalPipe } from '@tsvisor/host'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import { FORWARDED } from './forwarded.ts'
import type { Pod } from './pod.ts'

/**
 * From now on they go to the first container's first process, and the size of `screen`, the controlling
 * terminal of this process, to that container's terminal.
 */
export function takeSignals(
  platform: PtracePlatform,
  { first, kernel }: Pod,
  screen: number | undefined,
): void {
  const pipe = signalPipe([...Object.values(FORWARDED), SIGWINCH])
  const bytes = new Uint8Array(256)
  platform.watch(pipe, () => {
    const count = readSome(pipe, bytes)
    for (const signo of bytes.subarray(0, count)) {
      if (signo === SIGWINCH) followSize()
      else kernel.signalFromOutside(first.container.init!, signo)
    }
  })

  const followSize = (): void => {
    if (first.terminal === undefined || screen === undefined) return
    const { rows, columns } = getWindowSize(screen)
    first.terminal.resize(rows, columns)
  }
}

function readSome(pipe: number, bytes: Uint8Array): number {
  try {
    return read(pipe, bytes)
  } catch {
    // Nothing there.
    return 0
  }
}
