// `runsc kill`: a signal for the first process of a container, or for all. (runsc)

import { killContainer } from '../container/kill.ts'
import { parseCount } from '../session/count-argument.ts'
import { idArgument } from './id-argument.ts'
import { parseSignal } from './signal-argument.ts'
import { examples, type Verb } from './verb.ts'

export const kill: Verb = (program, session) => {
  program
    .command('kill')
    .description('send a signal to the first process of a container')
    .addArgument(idArgument())
    .argument('[signal]', 'a name or a number', 'SIGTERM')
    .option('-a, --all', 'to all of its processes')
    .option('--pid <pid>', 'to this process, as the guest numbers it')
    .addHelpText(
      'after',
      examples(
        ['runsc kill c1', 'SIGTERM'],
        ['runsc kill c1 KILL', 'the end of it'],
        ['runsc kill --all c1 9', 'the same for each process'],
      ),
    )
    .action(async (id: string, signal: string, options: { all?: boolean; pid?: string }) => {
      const target = options.all
        ? 'all'
        : options.pid === undefined
          ? 'init'
          : parseCount('--pid', options.pid)
      killContainer(await session.store(), id, { signo: parseSignal(signal), target })
    })
}
