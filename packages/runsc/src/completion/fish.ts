// Completion for fish: one line for each verb and flag; ids are asked of runsc itself. (runsc)

import type { CommandTree, Flag } from './command-tree.ts'

export function fishCompletion({ flags, verbs }: CommandTree): string {
  const names = verbs.map(({ name }) => name).join(' ')
  const none = `not __fish_seen_subcommand_from ${names}`
  const lines = verbs.flatMap(({ name, description, flags, argument }) => {
    const seen = `__fish_seen_subcommand_from ${name}`
    const words =
      argument === 'id'
        ? [`-n ${quote(seen)} -f -a '(runsc list --quiet 2>/dev/null)'`]
        : typeof argument === 'object'
          ? [`-n ${quote(seen)} -f -a ${quote(argument.join(' '))}`]
          : []
    return [
      `-n ${quote(none)} -f -a ${name} -d ${quote(description)}`,
      ...words,
      ...flags.map(flag => `-n ${quote(seen)} ${flagWords(flag)}`),
    ]
  })
  return `# fish completion for runsc; to use it: runsc completion fish | source
${[...flags.map(flag => `-n ${quote(none)} ${flagWords(flag)}`), ...lines]
  .map(line => `complete -c runsc ${line}`)
  .join('\n')}
`
}

function flagWords({ names, description, takesValue, choices }: Flag): string {
  const words = names.map(name =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  )
  if (choices.length > 0) words.push(`-x -a ${quote(choices.join(' '))}`)
  else if (takesValue) words.push('-r')
  return `${words.join(' ')} -d ${quote(description)}`
}

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
