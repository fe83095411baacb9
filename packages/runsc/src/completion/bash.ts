// Completion for bash: words by the verb on the line; ids are asked of runsc itself. (runsc)

import type { CommandTree, Flag } from './command-tree.ts'

export function bashCompletion({ flags, verbs }: CommandTree): string {
  const names = verbs.map(({ name }) => name)
  const cases = verbs.map(({ name, flags, argument }) => {
    const words =
      argument === 'id' ? '"$(_runsc_ids)"' : typeof argument === 'object' ? quote(argument) : '""'
    return `    ${name}) flags=${quote(namesOf(flags))} words=${words} files=${Number(argument === 'file')} ;;`
  })
  const choices = [...flags, ...verbs.flatMap(verb => verb.flags)]
    .filter(flag => flag.choices.length > 0)
    .map(flag => `    ${flag.names.join('|')}) words=${quote(flag.choices)} ;;`)
  return `# bash completion for runsc; to use it: source <(runsc completion bash)
_runsc_ids() {
  local i root=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == --root ]] && root=(--root "\${COMP_WORDS[i + 1]}")
  done
  runsc "\${root[@]}" list --quiet 2>/dev/null
}
_runsc() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local i verb= flags= words= files=0
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${names.join('|')}) verb=\${COMP_WORDS[i]} && break ;;
    esac
  done
  case $verb in
    '') flags=${quote(namesOf(flags))} words=${quote(names)} ;;
${cases.join('\n')}
  esac
  case $previous in
${[...new Set(choices)].join('\n')}
    ${valued([...flags, ...verbs.flatMap(verb => verb.flags)]).join('|')}) words= files=1 ;;
  esac
  [[ $current == -* ]] && words=$flags files=0
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  ((files && \${#COMPREPLY[@]} == 0)) && COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _runsc runsc
`
}

const namesOf = (flags: readonly Flag[]): string[] => flags.flatMap(({ names }) => names)

/** Flags whose value may be anything. */
const valued = (flags: readonly Flag[]): string[] => [
  ...new Set(
    flags
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .flatMap(({ names }) => names.filter(name => name.startsWith('--'))),
  ),
]

const quote = (words: readonly string[]): string => `'${words.join(' ')}'`
