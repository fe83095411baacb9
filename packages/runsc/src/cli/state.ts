// `runsc state`: what a container is now, as JSON. (runsc)

import { publicState } from '../state/record.ts'
import { idArgument } from './id-argument.ts'
import { printJson } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const state: Verb = (program, session) => {
  program
    .command('state')
    .description('print the state of a container as JSON')
    .addArgument(idArgument())
    .addHelpText('after', examples(['runsc state c1', 'its status, pid, bundle …']))
    .action(async (id: string) => {
      const store = await session.store()
      printJson(publicState(store.read(id)))
    })
}
