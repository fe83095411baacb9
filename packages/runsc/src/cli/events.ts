// `runsc events`: what a container uses, once or every few seconds. (runsc)

import { containerStats, streamEvents } from '../container/stats.ts'
import { parseDuration } from '../session/duration-argument.ts'
import { idArgument } from './id-argument.ts'
import { printTo } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const events: Verb = (program, session) => {
  program
    .command('events')
    .description('print what a container uses, and when the host killed one of its processes')
    .addArgument(idArgument())
    .option('--stats', 'print the figures once')
    .option('--interval <duration>', 'how often, otherwise', '5s')
    .addHelpText(
      'after',
      examples(
        ['runsc events --stats c1', 'now'],
        ['runsc events --interval 1s c1', 'each second, a line of JSON each'],
      ),
    )
    .action(async (id: string, options: { stats?: boolean; interval: string }) => {
      const intervalMs = parseDuration('--interval', options.interval)
      const store = await session.store()
      const show = (event: object) => printTo(`${JSON.stringify(event)}\n`)
      if (options.stats) show({ type: 'stats', id, data: containerStats(store, id) })
      else await streamEvents(store, id, { intervalMs, show })
    })
}
