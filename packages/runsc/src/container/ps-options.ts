// What `runsc ps` takes of the options of ps(1): which columns. (runsc)
// It shows all processes of the container, so options that select some or all of them change nothing.

import { Failure } from '../failure.ts'
import { COLUMNS, type Column } from './ps-columns.ts'

export interface PsFormat {
  readonly columns: readonly Column[]
  readonly header: 'shown' | 'hidden'
}

const FULL = 'user=UID,pid,ppid,c,stime,tname=TTY,time,cmd'
const SHORT = 'pid,tname=TTY,time,ucmd'
const BSD = 'pid,tname=TTY,stat,bsdtime,command'
const BSD_USER = 'user,pid,%cpu,%mem,vsz,rss,tname=TTY,stat,start_time,bsdtime,command'

const LONG: Readonly<Record<string, string>> = {
  '--no-headers': 'h',
  '--no-heading': 'h',
  '--noheaders': 'h',
  '--noheader': 'h',
  '--format': 'o',
}

const SUPPORTED = '-e -A -f -o COLUMN,… --no-headers, a x u w h'

/** `args`: as for ps(1); none are "-ef". Errors: Failure. */
export function parsePsOptions(args: readonly string[]): PsFormat {
  const rest = [...(args.length === 0 ? ['-ef'] : args)]
  const chosen: string[] = []
  let format: string | undefined
  let header: PsFormat['header'] = 'shown'
  while (rest.length > 0) {
    const { letters, dashed, value } = split(rest.shift()!)
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]!
      if (letter === 'o') {
        const list = value ?? (letters.slice(at + 1) || rest.shift())
        if (!list) throw new Failure('ps: -o: expected columns, such as "pid,comm"')
        chosen.push(list)
        break
      }
      if (letter === 'h' && !dashed) header = 'hidden'
      else if (letter === 'f' && dashed) format = FULL
      else if (letter === 'u' && !dashed) format = BSD_USER
      else if (letter === 'x' || (letter === 'a' && !dashed)) format ??= BSD
      else if (!(dashed ? 'eAadw' : 'w').includes(letter)) throw unsupported(letter, dashed)
    }
  }
  const columns = (chosen.length > 0 ? chosen : [format ?? SHORT]).flatMap(parseColumns)
  return { columns, header: columns.every(column => column.header === '') ? 'hidden' : header }
}

function split(argument: string) {
  const [name = '', ...rest] = argument.split('=')
  if (name.startsWith('--')) {
    const letters = Object.hasOwn(LONG, name) ? LONG[name] : undefined
    const value = rest.length > 0 ? rest.join('=') : undefined
    if (letters === undefined || (value !== undefined && letters !== 'o')) {
      throw new Failure(`ps: unsupported option ${JSON.stringify(argument)} (known: ${SUPPORTED})`)
    }
    return { letters, dashed: false, value }
  }
  const dashed = argument.startsWith('-')
  return { letters: dashed ? argument.slice(1) : argument, dashed, value: undefined }
}

/** "pid,comm=NAME": each column may have another header. */
function parseColumns(list: string): Column[] {
  return list
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(each => {
      const [name = '', header] = each.split(/=(.*)/s)
      const column = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined
      if (column === undefined) {
        const known = Object.keys(COLUMNS).join(' ')
        throw new Failure(`ps: -o: unknown column ${JSON.stringify(name)} (known: ${known})`)
      }
      return header === undefined ? column : { ...column, header }
    })
}

const unsupported = (letter: string, dashed: boolean): Failure =>
  new Failure(
    `ps: unsupported option ${JSON.stringify(`${dashed ? '-' : ''}${letter}`)} (known: ${SUPPORTED})`,
  )
