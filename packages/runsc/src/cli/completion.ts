// `runsc completion`: a script that makes a shell complete verbs, flags and containers. (runsc)

import { Argument } from 'commander'
import { print } from './print.ts'
import { examples, type Verb } from './verb.ts'

type Shell = 'bash' | 'zsh' | 'fish'

export const completion: Verb = program => {
  program
    .command('completion')
    .description('print a script that makes a shell complete verbs, flags and containers')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        ['source <(runsc completion bash)', 'for this bash'],
        ['runsc completion fish | source', 'for this fish'],
        [`runsc completion zsh > "\${fpath[1]}/_runsc"`, 'for each zsh from now on'],
      ),
    )
    .action(async (shell: Shell) => {
      const { commandTree } = await import('../completion/command-tree.ts')
      const { completionScript } = await import('../completion/shells.ts')
      print(completionScript[shell](commandTree(program)))
    })
}
