// `runsc ps`: the processes of a container. (runsc)

import { hostPids, processesOf } from '../container/processes.ts'
import { formatOption } from './format-option.ts'
import { idArgument } from './id-argument.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const ps: Verb = (program, session) => {
  program
    .command('ps')
    .description('list the processes of a container as it sees them')
    .addArgument(idArgument())
    .argument('[args...]', 'options of ps(1) for the columns: -ef, aux, -o pid,comm …')
    .addOption(formatOption())
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['runsc ps c1', 'the guest numbers its own processes'],
        ['runsc ps c1 -o pid,rss,args', 'some columns'],
        ['runsc ps -f json c1', 'ids on the host: that of the sandbox process, for engines'],
      ),
    )
    .action(async (id: string, args: string[], options: { format: 'table' | 'json' }) => {
      const store = await session.store()
      if (options.format === 'json') return print(`${JSON.stringify(hostPids(store, id))}\n`)
      const { parsePsOptions } = await import('../container/ps-options.ts')
      const { psTable } = await import('./ps-table.ts')
      const format = parsePsOptions(args)
      print(psTable(format, processesOf(store, id)))
    })
}
