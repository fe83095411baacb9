// The members that the specification has, for whoever must say something of each. (oci-spec, pure)

import { configSchema } from './config-schema.ts'

/** What zod keeps of a schema, as far as it is looked at here. */
interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, Schema>>
  readonly innerType?: Schema
  readonly element?: Schema
}
interface Schema {
  readonly _zod: { readonly def: Definition }
}

/**
 * Every member that holds no others, in the order of the schema: `process.user.uid`,
 * `mounts[].options`. What is the same in name only (annotations, sysctl) is one member.
 */
export function specMembers(): string[] {
  return [...leaves(configSchema as unknown as Schema, '')]
}

function* leaves(schema: Schema, path: string): Generator<string> {
  const { shape, innerType, element } = schema._zod.def
  if (innerType) yield* leaves(innerType, path)
  else if (shape)
    for (const [name, member] of Object.entries(shape))
      yield* leaves(member, path === '' ? name : `${path}.${name}`)
  else if (element?._zod.def.shape) yield* leaves(element, `${path}[]`)
  else yield path
}
