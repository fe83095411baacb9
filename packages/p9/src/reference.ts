// The reference page of all messages, from their declarations. (p9)

import type { Field } from './field.ts'
import { FIRST_EXTENSION_TYPE, type MessageName, messages } from './messages.ts'

const SIZES = { u8: '1', u16: '2', u32: '4', u64: '8', i64: '8', str: 's' } as const

// biome-ignore lint/suspicious/noExplicitAny: fields of every type
type AnyField = Field<any>

const shown = (name: string, field: AnyField): string => {
  switch (field.kind) {
    case 'struct':
      return `${name} { ${fieldsOf(field)} }`
    case 'list': {
      const count = field.min === 2 ? `n${name}[2]` : 'count[4]'
      return `${count} ${shown(name, field.item as AnyField)}*`
    }
    case 'data':
      return `count[4] ${name}[count]`
    default:
      return `${name}[${SIZES[field.kind]}]`
  }
}

const fieldsOf = (field: AnyField): string =>
  Object.entries(field.fields ?? {})
    .map(([name, part]) => shown(name, part))
    .join(' ')

const row = (name: MessageName): string => {
  const { type, request, reply } = messages[name]
  const cell = (field: AnyField): string =>
    fieldsOf(field) === '' ? '–' : `\`${fieldsOf(field)}\``
  return `| ${type}/${type + 1} | ${name} | ${cell(request)} | ${cell(reply)} |`
}

const table = (names: readonly MessageName[]): string =>
  ['| T/R | name | request | reply |', '|---|---|---|---|', ...names.map(row)].join('\n')

/** Markdown. */
export const messageReference = (): string => {
  const names = Object.keys(messages) as MessageName[]
  const isExtension = (name: MessageName): boolean => messages[name].type >= FIRST_EXTENSION_TYPE
  return `# Messages of 9P2000.L in @tsvisor/p9

Made from \`src/messages.ts\` by \`pnpm messages\`; a test checks that it is current.

A message is size[4] type[1] tag[2] and its fields, little endian. \`name[4]\` is a number of four
bytes, \`name[s]\` a length[2] and as many bytes, \`x*\` as many of them as the count before says
(entries fill count bytes). Names are those that requests and replies have in TypeScript.

${table(names.filter(name => !isExtension(name)))}

## The extension

After both sides agreed on version \`9P2000.L.tsvisor.1\`.

${table(names.filter(isExtension))}
`
}
