// `runsc list`: all containers below --root. (runsc)

import { publicState } from '../state/record.ts'
import { formatOption } from './format-option.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

interface ListOptions {
  readonly format: 'table' | 'json'
  readonly quiet?: boolean
}

export const list: Verb = (program, session) => {
  program
    .command('list')
    .description('list the containers below --root')
    .addOption(formatOption())
    .option('-q, --quiet', 'only their ids')
    .addHelpText(
      'after',
      examples(
        ['runsc list', 'id, pid, status, bundle, time and owner of each'],
        ['runsc list -q', 'ids only'],
        ['runsc --root /run/user/1000/runsc list', 'those of another directory'],
      ),
    )
    .action(async ({ format, quiet }: ListOptions) => {
      const store = await session.store()
      const listed = store.list()
      if (quiet) return print(listed.map(({ id }) => `${id}\n`).join(''))
      const states = listed.flatMap(entry => {
        if ('record' in entry) return [publicState(entry.record)]
        session.warn(entry.failure.message)
        return []
      })
      if (format === 'json') return print(`${JSON.stringify(states.length > 0 ? states : null)}\n`)
      const { table } = await import('./table.ts')
      const rows = states.map(({ id, pid, status, bundle, created, owner }) => [
        id,
        String(pid ?? 0),
        status,
        bundle,
        created,
        owner,
      ])
      print(table([['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'], ...rows]))
    })
}
