// `runsc resume`: the processes of a paused container go on. (runsc)

import { resumeContainer } from '../container/pause.ts'
import { idArgument } from './id-argument.ts'
import { examples, type Verb } from './verb.ts'

export const resume: Verb = (program, session) => {
  program
    .command('resume')
    .description('let a paused container go on')
    .addArgument(idArgument())
    .addHelpText('after', examples(['runsc resume c1', 'after: runsc pause c1']))
    .action(async (id: string) => {
      await resumeContainer(await session.store(), id)
    })
}
