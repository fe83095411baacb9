// `runsc boot`: the sandbox process, from its entry to the guest's end. (runsc)

import { SANDBOX_FDS } from './boot-config.ts'
import { ControlChannel } from './control-channel.ts'

export function main(): void {
  const control = new ControlChannel(SANDBOX_FDS.control)
  const request = control.receive()
  if (request?.type !== 'boot') process.exit(128)
  control.send({ type: 'fatal', message: 'this build has no kernel', status: 128 })
  process.exit(128)
}
