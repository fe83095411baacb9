// Runs a schema over data and words its findings: errors apart from unknown members. (oci-spec, pure)

import { type core, safeParse, type ZodMiniType } from 'zod/mini'
import { expected, formatPath, type SpecIssue } from './issue.ts'

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
 * Checks `data` against `schema`. Unknown members are removed from `data` and become warnings: the
 * specification says to ignore them.
 */
export function checkSchema(schema: ZodMiniType, data: unknown): Findings {
  const findings: Findings = { errors: [], warnings: [] }
  const result = safeParse(schema, data, { jitless: true })
  for (const issue of result.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys') {
      const owner = at(data, issue.path) as Record<string, unknown>
      for (const key of issue.keys) {
        delete owner[key]
        findings.warnings.push({
          path: formatPath([...issue.path, key]),
          message: 'ignored: not a member that the specification knows',
        })
      }
    } else {
      const message = expected(wanted(issue), at(data, issue.path))
      findings.errors.push({ path: formatPath(issue.path), message })
    }
  }
  return findings
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
