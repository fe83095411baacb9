// The command line as a whole: global flags and the list of verbs. (runsc)

import { Command } from 'commander'
import { EXIT } from '../failure.ts'
import { VERSION } from '../version.ts'
import { completion } from './completion.ts'
import { create } from './create.ts'
import { debug } from './debug.ts'
import { deleteVerb } from './delete.ts'
import { doVerb } from './do.ts'
import { events } from './events.ts'
import { exec } from './exec.ts'
import { execMonitor } from './exec-monitor.ts'
import { features } from './features.ts'
import { addGlobalOptions, type GlobalOptions } from './global-options.ts'
import { install } from './install.ts'
import { kill } from './kill.ts'
import { list } from './list.ts'
import { pause } from './pause.ts'
import { ps } from './ps.ts'
import { resume } from './resume.ts'
import { run } from './run.ts'
import { spec } from './spec.ts'
import { start } from './start.ts'
import { state } from './state.ts'
import { syscalls } from './syscalls.ts'
import { uninstall } from './uninstall.ts'
import { update } from './update.ts'
import { examples, type Session, type Verb } from './verb.ts'
import { wait } from './wait.ts'

/** By name, in the order that help shows them. */
const VERBS: Readonly<Record<string, Verb>> = {
  do: doVerb,
  run,
  spec,
  create,
  start,
  state,
  exec,
  ps,
  kill,
  wait,
  pause,
  resume,
  delete: deleteVerb,
  list,
  events,
  update,
  debug,
  features,
  syscalls,
  install,
  uninstall,
  completion,
  'exec-monitor': execMonitor,
}

/** What speaks about all verbs. */
const ABOUT_ALL = new Set(['-h', '--help', 'help', 'completion'])

/** The verbs that a command line may mean: to declare all of them takes longer than the rest of a start. */
function verbsFor(args: readonly string[] | undefined): readonly Verb[] {
  const named = args?.filter(arg => Object.hasOwn(VERBS, arg)) ?? []
  const all = named.length === 0 || args!.some(arg => ABOUT_ALL.has(arg))
  return all ? Object.values(VERBS) : [...new Set(named)].map(name => VERBS[name]!)
}

/** What `--version` prints: the lines that engines look for. */
const versionText = () => `runsc version ${VERSION}\nspec: 1.2.1\nnode: ${process.version}`

/** Scripts tell a failure of this program from one of the guest's program. */
function failureCode(verb: Command): number {
  const name = verb.name()
  if (name === 'exec') return EXIT.exec
  const isGuests = name === 'do' || (name === 'run' && verb.opts()['detach'] !== true)
  return isGuests ? EXIT.runtime : EXIT.failed
}

/** The program for a command line; without one, all of it. */
export function makeProgram(session: Session, args?: readonly string[]): Command {
  const program = new Command('runsc')
    .description('Runs untrusted Linux programs on an application kernel written in TypeScript.')
    .version(versionText(), '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [verb]', 'print help for a verb')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    // The caller prints the message of the error that is thrown, with our name before it.
    .configureOutput({ outputError: () => {} })
    .addHelpText(
      'after',
      examples(
        ['runsc do uname -a', "one command on this machine's files; changes stay in memory"],
        ['runsc spec && runsc run c1', 'a container from the bundle in this directory'],
        ['runsc run -d c1; runsc exec c1 ps', 'the same in the background'],
        ['runsc --strace do ls', 'with every system call that it makes'],
      ),
    )
  addGlobalOptions(program)
  program.hook('preAction', (_, verb) => {
    session.failWith(failureCode(verb))
    const options = program.opts<GlobalOptions>()
    if (options.debug) session.log.enableDebug()
    if (options.log !== undefined) session.log.open(options.log, options.logFormat)
  })
  for (const verb of verbsFor(args)) verb(program, session)
  return program
}
