// A value for any field, each part of it told apart.
import type { Field } from '../src/index.ts'

let next = 0

/** Its texts and numbers are appended. */
// biome-ignore lint/suspicious/noExplicitAny: fields of every type
export const example = (field: Field<any>, texts: string[], numbers: number[]): unknown => {
  next++
  switch (field.kind) {
    case 'u8':
      return next % 2
    case 'u16':
    case 'u32':
    case 'u64':
    case 'i64':
      numbers.push(1000 + next)
      return 1000 + next
    case 'str': {
      const text = `text${next}end`
      texts.push(text)
      return text
    }
    case 'data':
      return Uint8Array.of(1, 2, 3, 4)
    case 'list':
      return [example(field.item!, texts, numbers), example(field.item!, texts, numbers)]
    case 'struct':
      return Object.fromEntries(
        Object.entries(field.fields!).map(([name, part]) => [name, example(part, texts, numbers)]),
      )
  }
}
