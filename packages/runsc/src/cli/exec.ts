// `runsc exec`: one more process in a running container. (runsc)

import { execInContainer } from '../container/exec.ts'
import type { ExecOptions } from '../container/exec-process.ts'
import { accepted } from './accepted.ts'
import { idArgument } from './id-argument.ts'
import { examples, type Verb } from './verb.ts'

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

export const exec: Verb = (program, session) => {
  program
    .command('exec')
    .description('run one more process in a container')
    .addArgument(idArgument())
    .argument('[command...]', 'the command and its arguments, passed through untouched')
    .option('-p, --process <file>', 'take all of the process from a file, as in config.json')
    .option('--cwd <dir>', 'its working directory in the container')
    .option('-e, --env <NAME=value>', 'one more environment variable; repeatable', collect, [])
    .option('-u, --user <uid[:gid]>', 'who it is inside')
    .option('-g, --additional-gids <gid>', 'one more group; repeatable', collect, [])
    .option('-c, --cap <name>', 'one more capability; repeatable', collect, [])
    .option('-t, --tty', 'give it a terminal')
    .option('-d, --detach', 'leave it running in the background')
    .option('--pid-file <file>', 'write the id of the process that stands for it on the host there')
    .option('--console-socket <path>', 'socket that receives its terminal')
    .option('--no-new-privs', 'it and its children gain no privileges by executing programs')
    .option('--preserve-fds <count>', 'pass so many more descriptors of runsc, from 3 on')
    .option(
      '--cgroup <[controller:]path>',
      'join that cgroup below the container’s own; repeatable',
      collect,
      [],
    )
    .option('--ignore-paused', 'start it in a paused container, to run when that is resumed')
    .addOption(accepted('--process-label <label>'))
    .addOption(accepted('--apparmor <profile>'))
    .addOption(accepted('--no-subreaper'))
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['runsc exec c1 ps', 'one command'],
        ['runsc exec -t c1 sh', 'a shell at this terminal'],
        ['runsc exec -d --pid-file pid c1 sleep 60', 'in the background'],
        ['runsc exec --process process.json c1', 'all of it from a file'],
      ),
    )
    .action(async (id: string, command: string[], options: ExecOptions) => {
      session.exit(await execInContainer({ id, command, options, session }))
    })
}
