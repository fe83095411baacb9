// `runsc debug`: what a sandbox does right now. (runsc)

import { Option } from 'commander'
import { setStrace, taskStacks } from '../container/debug.ts'
import { Failure } from '../failure.ts'
import { idArgument } from './id-argument.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

interface DebugOptions {
  readonly stacks?: boolean
  readonly strace?: 'on' | 'off'
}

export const debug: Verb = (program, session) => {
  program
    .command('debug')
    .description('look into a running sandbox')
    .addArgument(idArgument())
    .option('--stacks', 'print what each task does and waits for')
    .addOption(
      new Option('--strace <on|off>', 'write every system call to the debug log').choices([
        'on',
        'off',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        ['runsc debug --stacks c1', 'each task: state, system call, registers'],
        ['runsc debug --strace on c1', 'to the --debug-log that it was created with'],
        ['runsc --debug-log /tmp/log debug --strace on c1', 'to another file'],
      ),
    )
    .action(async (id: string, { stacks, strace }: DebugOptions) => {
      if (!stacks && strace === undefined) {
        throw new Failure('debug: say what: --stacks, --strace on or --strace off')
      }
      const store = await session.store()
      const { debugLog } = session.globals()
      if (strace !== undefined) setStrace(store, id, strace, debugLog)
      if (stacks) print(taskStacks(store, id))
    })
}
