// `runsc start`: lets the program of a created container run. (runsc)

import { startContainer } from '../container/start.ts'
import { idArgument } from './id-argument.ts'
import { examples, type Verb } from './verb.ts'

export const start: Verb = (program, session) => {
  program
    .command('start')
    .description('run the program of a container that was created')
    .addArgument(idArgument())
    .addHelpText('after', examples(['runsc start c1', 'after: runsc create c1']))
    .action(async (id: string) => {
      await startContainer(await session.store(), id, session)
    })
}
