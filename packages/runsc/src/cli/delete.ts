// `runsc delete`: removes what is left of containers that have stopped. (runsc)

import { deleteContainer } from '../container/delete.ts'
import { examples, type Verb } from './verb.ts'

export const deleteVerb: Verb = (program, session) => {
  program
    .command('delete')
    .description('remove what is kept of a container that has stopped')
    .argument('<id...>', 'the containers')
    .option('-f, --force', 'kill it first if it runs; no error if there is none')
    .addHelpText(
      'after',
      examples(
        ['runsc delete c1', 'after it has stopped'],
        ['runsc delete --force c1', 'whatever it does'],
      ),
    )
    .action(async (ids: string[], { force }: { force?: boolean }) => {
      const store = await session.store()
      for (const id of ids) {
        await deleteContainer(store, id, { ifRunning: force ? 'kill' : 'refuse', ...session })
      }
    })
}
