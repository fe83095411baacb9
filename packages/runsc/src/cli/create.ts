// `runsc create`: builds a container, whose program waits for `start`. (runsc)

import { createContainer } from '../container/create.ts'
import { preservedFds } from '../container/preserved-fds.ts'
import { accepted } from './accepted.ts'
import { configOption } from './config-option.ts'
import { examples, type Verb } from './verb.ts'

interface CreateOptions {
  readonly bundle: string
  readonly config?: string
  readonly consoleSocket?: string
  readonly pidFile?: string
  readonly preserveFds?: string
}

export const create: Verb = (program, session) => {
  program
    .command('create')
    .description('create a container from a bundle; its program waits for start')
    .argument('<id>', 'a name for the container')
    .option('-b, --bundle <dir>', 'directory of config.json', '.')
    .addOption(configOption())
    .option('--console-socket <path>', 'socket that receives the terminal of the container')
    .option('--pid-file <file>', "write the sandbox process's id there")
    .option('--preserve-fds <count>', 'pass so many more descriptors of runsc, from 3 on')
    .addOption(accepted('--no-pivot'))
    .addOption(accepted('--no-new-keyring'))
    .addHelpText(
      'after',
      examples(
        ['runsc create -b bundle c1', 'then: runsc start c1'],
        ['runsc create --pid-file pid c1', 'the bundle in this directory'],
      ),
    )
    .action(async (id: string, { preserveFds, ...options }: CreateOptions) => {
      const preserved = preservedFds(preserveFds, process.env)
      const [store, globals] = [await session.store(), session.globals()]
      await createContainer({ id, ...options, preserved, store, globals, session })
    })
}
