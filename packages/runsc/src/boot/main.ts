// `runsc boot`: the sandbox process, from its entry to the guest's end. (runsc)

import { dieWithParent } from '@tsvisor/host'
import { endProcess } from '../end-process.ts'
import { SANDBOX_FDS } from './boot-config.ts'
import { Malformed } from './check.ts'
import type { ControlEvent } from './control.ts'
import { ControlPeer } from './control-peer.ts'
import { BootFailure } from './failure.ts'
import { MAX_FRAME } from './frames.ts'
import { takeOverStdio } from './inherited.ts'
import { runSandbox } from './sandbox.ts'
import { recordStatus } from './status.ts'

/** For `runsc syscalls`. */
export { syscallSupport } from '@tsvisor/sentry-kernel'

const SIGKILL = 9
/** How long the command gets to take the last message, in milliseconds. */
const FAREWELL_MS = 5000

export function main(): void {
  const command = new ControlPeer(SANDBOX_FDS.control, MAX_FRAME)
  let record: number | undefined
  const end = (last: ControlEvent, status: number) => {
    // First: after its last word the command may kill this process.
    if (record !== undefined) recordStatus(record, status)
    command.send(last)
    command.flush(FAREWELL_MS)
    endProcess(status)
  }
  try {
    const first = command.receive()
    if (first === undefined) endProcess(128)
    const { request, passed } = first
    if (request.type !== 'boot') throw new BootFailure(`the first request is ${request.type}`)
    const { config } = request
    if (config.lifetime === 'attached') dieWithParent(SIGKILL)
    const screen = takeOverStdio(config.process, passed)
    const server = passed.takeIfThere('server')
    const further = passed.takeNumbered()
    record = passed.takeIfThere('status')
    passed.closeRest()
    const status = runSandbox({ config, command, server, screen, further })
    end({ type: 'exited', status }, status)
  } catch (error) {
    const failure = asFailure(error)
    const { message, status } = failure
    end({ type: 'fatal', message, status }, status)
  }
}

function asFailure(error: unknown): BootFailure {
  if (error instanceof BootFailure) return error
  if (error instanceof Malformed) return new BootFailure(`the configuration: ${error.message}`)
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new BootFailure(`the sandbox failed: ${detail}`)
}
