// Checks of parsed JSON from another process: each takes a value apart and rebuilds what it knows. (runsc)

/** What was sent has not the shape that it must have. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}

/** Returns the value as `T`, or throws Malformed naming the place. */
export type Check<T> = (value: unknown, path: string) => T

/** A field that may be missing. */
export interface Optional<T> {
  readonly optional: Check<T>
}

/** One check for each field of `T`, so that a field without one fails to compile. */
export type Fields<T> = {
  readonly [K in keyof T]-?: object extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Check<T[K]>
}

const fail = (path: string, wanted: string): never => {
  throw new Malformed(`${path}: ${wanted} expected`)
}

export const string: Check<string> = (value, path) =>
  typeof value === 'string' ? value : fail(path, 'a string')

/** One char for each byte, and no NUL. */
export const byteString: Check<string> = (value, path) =>
  typeof value === 'string' && !/[\0\u{100}-\u{10ffff}]/u.test(value)
    ? value
    : fail(path, 'a byte string')

export const boolean: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : fail(path, 'true or false')

export const integer =
  (min: number, max: number): Check<number> =>
  (value, path) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : fail(path, `an integer from ${min} to ${max}`)

export const uint32 = integer(0, 0xffff_ffff)
export const count = integer(0, Number.MAX_SAFE_INTEGER)

export const oneOf =
  <const T>(...values: readonly T[]): Check<T> =>
  (value, path) =>
    values.includes(value as T) ? (value as T) : fail(path, values.join(' or '))

/** The first check that the value passes. */
export const either =
  <A, B>(first: Check<A>, second: Check<B>): Check<A | B> =>
  (value, path) => {
    try {
      return first(value, path)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      return second(value, path)
    }
  }

export const list =
  <T>(item: Check<T>): Check<readonly T[]> =>
  (value, path) =>
    Array.isArray(value)
      ? value.map((entry, index) => item(entry, `${path}[${index}]`))
      : fail(path, 'a list')

/** At least one. */
export const nonEmpty =
  <T>(item: Check<T>): Check<readonly T[]> =>
  (value, path) => {
    const items = list(item)(value, path)
    return items.length > 0 ? items : fail(path, 'at least one')
  }

const record = (value: unknown, path: string): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(path, 'an object')

export const strings: Check<Readonly<Record<string, string>>> = (value, path) => {
  const out: [string, string][] = []
  for (const [key, text] of Object.entries(record(value, path)))
    out.push([key, string(text, `${path}.${key}`)])
  return Object.fromEntries(out)
}

export const optional = <T>(check: Check<T>): Optional<T> => ({ optional: check })

/** An object with these fields. Others are left out. */
export const object =
  <T>(fields: Fields<T>): Check<T> =>
  (value, path) => {
    const from = record(value, path)
    const out: Record<string, unknown> = {}
    for (const [name, check] of Object.entries(fields) as [
      string,
      Check<unknown> | Optional<T>,
    ][]) {
      const entry = Object.hasOwn(from, name) ? from[name] : undefined
      if (typeof check === 'function') out[name] = check(entry, `${path}.${name}`)
      else if (entry !== undefined) out[name] = check.optional(entry, `${path}.${name}`)
    }
    return out as T
  }

/** The objects of a union, told apart by their `type`. */
export const tagged =
  <T extends { readonly type: string }>(
    variants: {
      readonly [K in T['type']]: Fields<Omit<Extract<T, { readonly type: K }>, 'type'>>
    },
  ): Check<T> =>
  (value, path) => {
    const { type } = record(value, path)
    if (typeof type !== 'string' || !Object.hasOwn(variants, type))
      throw new Malformed(`${path}: unknown type ${JSON.stringify(type)?.slice(0, 40)}`)
    const fields = variants[type as T['type']] as Fields<object>
    return Object.assign({ type }, object(fields)(value, path)) as unknown as T
  }
