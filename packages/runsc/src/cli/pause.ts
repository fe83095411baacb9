// `runsc pause`: no process of the container runs until `resume`. (runsc)

import { pauseContainer } from '../container/pause.ts'
import { idArgument } from './id-argument.ts'
import { examples, type Verb } from './verb.ts'

export const pause: Verb = (program, session) => {
  program
    .command('pause')
    .description('stop all processes of a container until it is resumed')
    .addArgument(idArgument())
    .addHelpText('after', examples(['runsc pause c1', 'later: runsc resume c1']))
    .action(async (id: string) => {
      await pauseContainer(await session.store(), id)
    })
}
