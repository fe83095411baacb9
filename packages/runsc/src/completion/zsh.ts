// Completion for zsh: _arguments for each verb; ids are asked of runsc itself. (runsc)

import type { CommandTree, Flag, VerbShape } from './command-tree.ts'

export function zshCompletion({ flags, verbs }: CommandTree): string {
  const described = verbs.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`)
  return `#compdef runsc
# zsh completion for runsc; to use it: runsc completion zsh > "\${fpath[1]}/_runsc"
_runsc_ids() {
  local -a ids
  ids=(\${(f)"$(runsc \${opt_args[--root]:+--root} \${opt_args[--root]} list --quiet 2>/dev/null)"})
  compadd -a ids
}
_runsc() {
  local line state
  typeset -A opt_args
  local -a verbs
  verbs=(
${described.join('\n')}
  )
  _arguments -C \\
${flags.map(flag => `    ${argument(flag)} \\`).join('\n')}
    '1: :->verb' '*:: :->rest'
  case $state in
  verb) _describe verb verbs ;;
  rest)
    case $line[1] in
${verbs.map(verbCase).join('\n')}
    esac
    ;;
  esac
}
_runsc "$@"
`
}

const verbCase = ({ name, flags, argument: first }: VerbShape): string => {
  const action =
    first === 'id' ? '_runsc_ids' : first === 'file' ? '_files' : `(${first.join(' ')})`
  const words = [...flags.map(argument), quote(`*: :${action}`)]
  return `    ${name}) _arguments ${words.join(' ')} ;;`
}

function argument({ names, description, takesValue, choices }: Flag): string {
  const value = !takesValue ? '' : choices.length > 0 ? `: :(${choices.join(' ')})` : ': :_files'
  const text = `[${description.replace(/[[\]:\\]/g, '\\$&')}]${value}`
  const [short, long] = names
  return long === undefined
    ? quote(`${short}${text}`)
    : `${quote(`(${short} ${long})`)}{${short},${long}}${quote(text)}`
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
