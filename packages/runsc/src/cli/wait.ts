// `runsc wait`: until a container ends, and how it did. (runsc)

import { waitForContainer } from '../container/wait.ts'
import { parseCount } from '../session/count-argument.ts'
import { idArgument } from './id-argument.ts'
import { printJson } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const wait: Verb = (program, session) => {
  program
    .command('wait')
    .description('wait until a container ends, and print its exit status as JSON')
    .addArgument(idArgument())
    .option('--pid <pid>', 'until this process that exec started ends, as the guest numbers it')
    .addHelpText('after', examples(['runsc wait c1', '{"id": "c1", "exitStatus": 0}']))
    .action(async (id: string, { pid }: { pid?: string }) => {
      const exitStatus = waitForContainer(
        await session.store(),
        id,
        pid === undefined ? undefined : parseCount('--pid', pid),
      )
      printJson({ id, exitStatus })
    })
}
