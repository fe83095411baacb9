// `runsc boot`: the sandbox process, from its entry to the guest's end. (runsc)

import { dieWithParent } from '@tsvisor/host'
import { SANDBOX_FDS } from './boot-config.ts'
import { ControlChannel } from './control-channel.ts'
import { BootFailure } from './failure.ts'
import { runSandbox } from './sandbox.ts'

const SIGKILL = 9

export function main(): void {
  const control = new ControlChannel(SANDBOX_FDS.control)
  const request = control.receive()
  if (request?.type !== 'boot') process.exit(128)
  const { config } = request
  if (config.lifetime === 'attached') dieWithParent(SIGKILL)
  try {
    const status = runSandbox(config, control)
    control.send({ type: 'exited', status })
    process.exit(status)
  } catch (error) {
    const failure = error instanceof BootFailure ? error : internal(error)
    control.send({ type: 'fatal', message: failure.message, status: failure.status })
    process.exit(failure.status)
  }
}

const internal = (error: unknown): BootFailure => {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new BootFailure(`the sandbox failed: ${detail}`)
}
