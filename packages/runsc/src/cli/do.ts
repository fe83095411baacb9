// `runsc do`: one command on this machine's files, with changes kept in memory. (runsc)

import { Option } from 'commander'
import type { DoOptions } from '../container/do-plan.ts'
import { runCommand } from '../container/run-command.ts'
import { Failure } from '../failure.ts'
import { examples, type Verb } from './verb.ts'

const collect = (value: string, before: readonly string[] = []): string[] => [...before, value]

/** `UID` or `UID:GID`. */
function parseUser(text: string): DoOptions['user'] {
  const [, uid, gid = uid] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text) ?? []
  if (uid === undefined || Math.max(Number(uid), Number(gid)) >= 0xffff_ffff) {
    throw new Failure(`--user ${text}: expected UID or UID:GID, both numbers`)
  }
  return { uid: Number(uid), gid: Number(gid) }
}

export const doVerb: Verb = (program, session) => {
  program
    .command('do')
    .description("run one command on this machine's files; what it changes stays in memory")
    .argument('<command...>', 'the command and its arguments, passed through untouched')
    .option('--root <dir>', 'the directory that the guest sees as /', '/')
    .option('--cwd <dir>', 'its working directory; default: the current one, where it exists')
    .option('-e, --env <NAME=value>', 'one more environment variable; repeatable', collect)
    .option(
      '--volume <host[:guest]>',
      'a directory that the guest may write; repeatable',
      collect,
      [],
    )
    .addOption(
      new Option('-u, --user <uid[:gid]>', 'who it is inside')
        .argParser(parseUser)
        .default({ uid: 0, gid: 0 }, '0:0'),
    )
    .option('--hostname <name>', "its host name; default: this machine's")
    .addOption(new Option('-q, --quiet', 'accepted for gVisor').hideHelp())
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['runsc do dmesg', 'what the kernel says while it starts'],
        ["runsc do sh -c 'rm -rf /etc; ls /etc'", 'the host keeps its /etc'],
        ['runsc do --volume "$PWD" make', 'may write here, and nowhere else'],
      ),
    )
    .action(async (command: string[], options: DoOptions) => {
      session.exit(await runCommand({ command, options, session }))
    })
}
