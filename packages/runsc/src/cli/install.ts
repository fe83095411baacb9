// `runsc install`: makes this program a runtime of docker, podman or containerd. (runsc)

import { accessSync, constants, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure, reasonOf } from '../failure.ts'
import type { EngineName } from '../install/engines.ts'
import { engineArgument } from './engine-argument.ts'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

interface InstallOptions {
  readonly config?: string
  readonly name: string
  readonly path?: string
}

/** Where daemons look for programs, whatever the user's PATH is. */
const DAEMON_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

export const install: Verb = (program, session) => {
  program
    .command('install')
    .description('make this program a runtime of docker, podman or containerd')
    .addArgument(engineArgument())
    .argument('[flags...]', 'for docker: global flags that it passes each time')
    .option('--config <file>', "the engine's configuration, if it is not in its usual place")
    .option('--name <name>', 'the name of the runtime', 'runsc')
    .option('--path <file>', 'the program; default: this one')
    .addHelpText(
      'after',
      examples(
        ['runsc install', 'for docker; then: docker run --runtime runsc …'],
        ['runsc install podman', 'for podman; then: podman --runtime runsc run …'],
        ['runsc install docker -- --debug', 'with a flag'],
        ['runsc install --name runsc-strace docker -- --strace', 'as a second runtime'],
      ),
    )
    .action(async (engine: EngineName, args: string[], options: InstallOptions) => {
      const { changeConfig } = await import('../install/change-config.ts')
      const { engines } = await import('../install/engines.ts')
      const { name } = options
      if (!/^[\w-]+$/.test(name)) {
        throw new Failure(`--name ${name}: expected letters, digits, "_" and "-" only`)
      }
      const path = programPath(options.path)
      if (options.path === undefined && !daemonsFindNode()) {
        session.warn(
          `daemons will not find node, which is ${process.execPath}; link it to /usr/local/bin/node`,
        )
      }
      const config = resolve(options.config ?? engines[engine].path)
      const outcome = changeConfig(config, text => engines[engine].add(text, { name, path, args }))
      print(
        outcome === 'unchanged'
          ? `${config}: has runtime ${name} already\n`
          : `${config}: runtime ${name} is ${path}\nto make ${engine} use it: ${engines[engine].reload}\n`,
      )
    })
}

/** Errors: Failure when it cannot be executed. */
function programPath(path: string | undefined): string {
  const program = path === undefined ? realpathSync(process.argv[1]!) : resolve(path)
  try {
    accessSync(program, constants.X_OK)
  } catch (error) {
    throw new Failure(`--path ${program}: ${reasonOf(error)}`)
  }
  return program
}

const daemonsFindNode = (): boolean =>
  DAEMON_PATH.some(directory => {
    try {
      accessSync(`${directory}/node`, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
