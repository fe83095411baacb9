// `runsc uninstall`: undoes `install`. (runsc)

import { resolve } from 'node:path'
import type { EngineName } from '../install/engines.ts'
import { engineArgument } from './engine-argument.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const uninstall: Verb = program => {
  program
    .command('uninstall')
    .description('remove this program from the runtimes of docker, podman or containerd')
    .addArgument(engineArgument())
    .option('--config <file>', "the engine's configuration, if it is not in its usual place")
    .option('--name <name>', 'the name of the runtime', 'runsc')
    .addHelpText(
      'after',
      examples(
        ['runsc uninstall', 'from docker'],
        ['runsc uninstall containerd', 'from containerd'],
      ),
    )
    .action(async (engine: EngineName, options: { config?: string; name: string }) => {
      const { changeConfig } = await import('../install/change-config.ts')
      const { engines } = await import('../install/engines.ts')
      const { name } = options
      const config = resolve(options.config ?? engines[engine].path)
      const outcome = changeConfig(config, text => text && engines[engine].remove(text, name))
      print(
        outcome === 'unchanged'
          ? `${config}: has no runtime ${name} of ours\n`
          : `${config}: runtime ${name} is gone\nto make ${engine} notice: ${engines[engine].reload}\n`,
      )
    })
}
