// The leaf schemas; each one's message completes "expected …, found …". (oci-spec, pure)

import { custom, type ZodMiniType } from 'zod/mini'
import { quote } from './issue.ts'

/** A schema whose message says what it accepts. */
export const leaf = <T>(what: string, accepts: (value: unknown) => boolean): ZodMiniType<T> =>
  custom<T>(accepts, { error: what })

const isText = (value: unknown): value is string => typeof value === 'string'
const noNul = (value: unknown): value is string => isText(value) && !value.includes('\0')

/** A string that can be handed to a system call. */
export const text = leaf<string>('a string', isText)
/** The same, for what ends up as a C string. */
export const cString: ZodMiniType<string> = custom<string>(noNul, {
  error: issue => (isText(issue.input) ? 'a string without NUL' : 'a string'),
})
export const nonEmpty = leaf<string>(
  'a string that is not empty and has no NUL',
  value => noNul(value) && value !== '',
)
export const absolutePath = leaf<string>(
  'an absolute path',
  value => noNul(value) && value.startsWith('/'),
)
/** A path that may be relative to something; only its shape is checked. */
export const path = nonEmpty

export const envEntry = leaf<string>(
  'a string of the form NAME=value',
  value => noNul(value) && value.indexOf('=') > 0,
)

export const bool = leaf<boolean>('true or false', value => typeof value === 'boolean')

const int = (min: number, max: number, what = `an integer from ${min} to ${max}`) =>
  leaf<number>(
    what,
    value => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  )

/** Integers in a range, both ends included. */
export const integer = (min: number, max: number): ZodMiniType<number> => int(min, max)
export const uint16 = int(0, 0xffff)
export const uint32 = int(0, 0xffff_ffff)
/** Above 2^53 a JSON number is the nearest double; 2^64 - 1 therefore reads as 2^64. */
export const uint64 = int(0, 2 ** 64, 'an integer from 0 to 2^64-1')
export const int32 = int(-(2 ** 31), 2 ** 31 - 1)
export const int64 = int(-(2 ** 63), 2 ** 63, 'an integer from -2^63 to 2^63-1')
/** 0xffffffff means "no change" to Linux, and is nobody. */
export const userId = int(0, 0xffff_fffe)

/** Marks a leaf of a list: a string that it does not accept is dropped, with a warning. */
export const IGNORED_IF_UNKNOWN = 'ignored if unknown'

/** One of some names, others ignored: for what a newer kernel may have more of. */
export const oneOfKnown = <const T extends string>(names: readonly T[]): ZodMiniType<T> =>
  custom<T>(value => names.includes(value as T), {
    error: 'a string',
    params: { [IGNORED_IF_UNKNOWN]: true },
  })

/** Marks a leaf: letters that are none of these are dropped, with a warning. */
export const KNOWN_LETTERS = 'known letters'

/** A string of some letters. Others beside them say nothing to other runtimes either. */
export const letters = (known: string): ZodMiniType<string> =>
  custom<string>(value => typeof value === 'string' && isMadeOf(value, known), {
    error: `a combination of the letters ${quote(known)}`,
    params: { [KNOWN_LETTERS]: known },
  })

const isMadeOf = (text: string, known: string): boolean =>
  [...text].every(letter => known.includes(letter))

/** One of some names. */
export const oneOf = <const T extends string>(names: readonly T[]): ZodMiniType<T> =>
  leaf<T>(`one of ${names.map(name => JSON.stringify(name)).join(', ')}`, value =>
    names.includes(value as T),
  )
