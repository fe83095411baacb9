// `runsc syscalls`: which system calls there are, from the kernel's own declarations. (runsc)

import { formatOption } from './format-option.ts'
import { print, printJson } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const syscalls: Verb = (program, session) => {
  program
    .command('syscalls')
    .description('list the system calls that the kernel has, and what differs from Linux')
    .addOption(formatOption())
    .addHelpText(
      'after',
      examples(
        ['runsc syscalls', 'number, name, level of support and what differs'],
        [
          'runsc syscalls -f json | jq \'.[] | select(.level == "none")\'',
          'those that are missing',
        ],
      ),
    )
    .action(async ({ format }: { format: 'table' | 'json' }) => {
      const { syscallSupport } = await session.loadKernel()
      const calls = syscallSupport()
      if (format === 'json') return printJson(calls)
      const { table } = await import('./table.ts')
      const rows = calls.map(({ nr, name, level, note }) => [String(nr), name, level, note])
      print(table([['NR', 'NAME', 'SUPPORT', 'NOTE'], ...rows]))
    })
}
