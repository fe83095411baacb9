// The command line as a whole: global flags and verbs. (runsc)

import { Command } from 'commander'
import { EXIT } from '../failure.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import type { Session } from '../session/session.ts'
import { VERSION } from '../version.ts'
import { addGlobalOptions } from './global-options.ts'
import { examples, type Verb, type Verbs } from './verb.ts'

/** What speaks about all verbs. */
const ABOUT_ALL = new Set(['-h', '--help', 'help', 'completion'])

/** The verbs that a command line may mean: to declare all of them takes longer than the rest of a start. */
function verbsFor(verbs: Verbs, args: readonly string[] | undefined): readonly Verb[] {
  const named = args?.filter(arg => Object.hasOwn(verbs, arg)) ?? []
  const all = named.length === 0 || args!.some(arg => ABOUT_ALL.has(arg))
  return all ? Object.values(verbs) : [...new Set(named)].map(name => verbs[name]!)
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

/** The program for a command line; without one, with all of the verbs. */
export function makeProgram(session: Session, verbs: Verbs, args?: readonly string[]): Command {
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
  for (const verb of verbsFor(verbs, args)) verb(program, session)
  return program
}
