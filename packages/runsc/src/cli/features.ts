// `runsc features`: what this runtime knows, as engines ask (features.md of the runtime-spec). (runsc)

import { runtimeFeatures } from '../container/features.ts'
import { printJson } from './print.ts'
import { examples, type Verb } from './verb.ts'

export const features: Verb = program => {
  program
    .command('features')
    .description('print what this runtime supports, as JSON')
    .addHelpText('after', examples(['runsc features', 'hooks, mount options, capabilities …']))
    .action(async () => {
      printJson(runtimeFeatures(await import('@tsvisor/oci-spec')))
    })
}
