// `runsc spec`: writes a starter config.json. (runsc)

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, reasonOf } from '../failure.ts'
import { examples, type Verb } from './verb.ts'

export const spec: Verb = program => {
  program
    .command('spec')
    .description('write a starter config.json, which runs a shell in the directory rootfs')
    .option('-b, --bundle <dir>', 'where to write it', '.')
    .option('--rootless', 'for an ordinary user')
    .addHelpText(
      'after',
      examples(
        ['runsc spec', 'config.json in this directory'],
        ['runsc spec --rootless -b bundle', 'for an ordinary user, in bundle/'],
      ),
    )
    .action(async (options: { bundle: string; rootless?: boolean }) => {
      const { defaultSpec } = await import('@tsvisor/oci-spec')
      const path = join(options.bundle, 'config.json')
      if (existsSync(path)) throw new Failure(`${path}: file exists; remove it first`)
      const spec = defaultSpec(
        options.rootless ? { rootless: { uid: process.geteuid!(), gid: process.getegid!() } } : {},
      )
      try {
        writeFileSync(path, `${JSON.stringify(spec, null, 2)}\n`, { mode: 0o666, flag: 'wx' })
      } catch (error) {
        throw new Failure(`${path}: ${reasonOf(error)}`)
      }
    })
}
