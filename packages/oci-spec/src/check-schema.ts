// Runs a schema over data and words its findings: errors apart from unknown members. (oci-spec, pure)

import { type core, safeParse, type ZodMiniType } from 'zod/mini'
import { expected, formatPath, quote, type SpecIssue } from './issue.ts'
import { IGNORED_IF_UNKNOWN, KNOWN_LETTERS } from './scalar.ts'

export interface Findings {
  readonly errors: SpecIssue[]
  readonly warnings: SpecIssue[]
}

const KINDS: Record<string, string> = {
  string: 'a string',
  object: 'an object',
  record: 'an object',
  array: 'an array',
}

/**
 * Checks `data` against `schema`. Unknown members, names in lists and letters that may be unknown are
 * removed from `data` and become warnings: the specification says to ignore them. Such names are errors
 * where `unknownNames` says so.
 */
export function checkSchema(
  schema: ZodMiniType,
  data: unknown,
  unknownNames: 'ignored' | 'refused' = 'ignored',
): Findings {
  const findings: Findings = { errors: [], warnings: [] }
  const result = safeParse(schema, data, { jitless: true })
  const unknown: PropertyKey[][] = []
  for (const issue of result.error?.issues ?? []) {
    const found = at(data, issue.path)
    if (issue.code === 'unrecognized_keys') {
      const owner = found as Record<string, unknown>
      for (const key of issue.keys) {
        delete owner[key]
        findings.warnings.push({
          path: formatPath([...issue.path, key]),
          message: 'ignored: not a member that the specification knows',
        })
      }
    } else if (typeof found === 'string' && isIgnorable(issue)) {
      const path = formatPath(issue.path)
      const message = `${unknownNames}: no such name, ${quote(found)}`
      if (unknownNames === 'ignored') {
        unknown.push(issue.path)
        findings.warnings.push({ path, message })
      } else findings.errors.push({ path, message })
    } else if (typeof found === 'string' && keptLetters(issue, found) !== '') {
      const owner = at(data, issue.path.slice(0, -1)) as Record<PropertyKey, unknown>
      const kept = keptLetters(issue, found)
      owner[issue.path.at(-1)!] = kept
      const message = `${quote(found)}: all but ${quote(kept)} ignored: no such letters`
      findings.warnings.push({ path: formatPath(issue.path), message })
    } else {
      findings.errors.push({
        path: formatPath(issue.path),
        message: expected(wanted(issue), found),
      })
    }
  }
  // From the last one on, so that the places of the others stay right.
  for (const path of unknown.reverse())
    (at(data, path.slice(0, -1)) as unknown[]).splice(path.at(-1) as number, 1)
  return findings
}

const isIgnorable = (issue: core.$ZodIssue): boolean =>
  issue.code === 'custom' && issue.params?.[IGNORED_IF_UNKNOWN] === true

/** None of what may have no unknown ones: an empty text can mean everything. */
function keptLetters(issue: core.$ZodIssue, found: string): string {
  const known: string = issue.code === 'custom' ? (issue.params?.[KNOWN_LETTERS] ?? '') : ''
  return [...found].filter(letter => known.includes(letter)).join('')
}

function wanted(issue: core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected
  return issue.message
}

function at(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}
