// `runsc run`: creates a container from a bundle, starts it and waits for it. (runsc)

import { type RunOptions, runBundle } from '../container/run-bundle.ts'
import { accepted } from './accepted.ts'
import { configOption } from './config-option.ts'
import { examples, type Verb } from './verb.ts'

export const run: Verb = (program, session) => {
  program
    .command('run')
    .description('create a container from a bundle, start it and wait for it')
    .argument('<id>', 'a name for the container, or the directory of its bundle')
    .option('-b, --bundle <dir>', 'directory of config.json; default: the current one')
    .addOption(configOption())
    .option('-d, --detach', 'leave it running in the background')
    .option('--console-socket <path>', 'socket that receives the terminal of the container')
    .option('--pid-file <file>', "write the sandbox process's id there")
    .option('--keep', 'do not delete the container when it has ended')
    .option('--preserve-fds <count>', 'pass so many more descriptors of runsc, from 3 on')
    .addOption(accepted('--no-pivot'))
    .addOption(accepted('--no-new-keyring'))
    .addOption(accepted('--no-subreaper'))
    .addHelpText(
      'after',
      examples(
        ['runsc run bundle/', 'the container in bundle/, under a name that is made up'],
        ['runsc run -b bundle c1', 'the same, named c1'],
        ['runsc run --pid-file pid c1', 'the bundle in this directory'],
        ['runsc run -d -b bundle c1', 'in the background; then: runsc exec c1 sh'],
      ),
    )
    .action(async (id: string, options: RunOptions) => {
      session.exit(await runBundle({ id, options, session }))
    })
}
