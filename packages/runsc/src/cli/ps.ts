// `runsc ps`: the processes of a container. (runsc)

import { hostPids, processTable } from '../container/processes.ts'
import { formatOption } from './format-option.ts'
import { idArgument } from './id-argument.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const ps: Verb = (program, session) => {
  program
    .command('ps')
    .description('list the processes of a container as it sees them')
    .addArgument(idArgument())
    .argument('[args...]', 'accepted for runc, whose ps takes flags of ps(1)')
    .addOption(formatOption())
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['runsc ps c1', 'the guest numbers its own processes'],
        ['runsc ps -f json c1', 'ids on the host: that of the sandbox process, for engines'],
      ),
    )
    .action(async (id: string, _: string[], { format }: { format: 'table' | 'json' }) => {
      const store = await session.store()
      if (format === 'json') return print(`${JSON.stringify(hostPids(store, id))}\n`)
      const { table } = await import('./table.ts')
      print(table(await processTable(store, id)))
    })
}
