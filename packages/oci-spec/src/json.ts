// From text to plain data that is safe to walk: bounded, no null members, no __proto__. (oci-spec, pure)

import { formatPath, SpecError, type SpecIssue } from './issue.ts'
import { findJsonMistake } from './json-position.ts'

/** Longest document taken, in UTF-16 units. Real ones have some kilobytes, rarely some hundred. */
export const MAX_JSON_LENGTH = 16 << 20
/** Deepest nesting taken. The deepest that the specification uses is 7. */
export const MAX_JSON_DEPTH = 64

export interface JsonDocument {
  readonly value: unknown
  readonly warnings: readonly SpecIssue[]
}

/**
 * Parses a document.
 * Errors: SpecError with line and column when it is no JSON, too long or too deep.
 */
export function parseJson(text: string): JsonDocument {
  if (text.length > MAX_JSON_LENGTH) {
    const message = `expected at most ${MAX_JSON_LENGTH} characters, found ${text.length}`
    throw new SpecError([{ path: '', message }])
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    const mistake = findJsonMistake(text)
    const message = mistake
      ? `not valid JSON: line ${mistake.line}, column ${mistake.column}: ${mistake.message}`
      : `not valid JSON: ${(error as Error).message}`
    throw new SpecError([{ path: '', message }])
  }
  return cleanJson(parsed)
}

/**
 * Copies plain data. A member that is null counts as absent, as it does for Go's decoder, which
 * the other runtimes use. A `__proto__` member is dropped, with a warning.
 * Errors: SpecError when nested deeper than MAX_JSON_DEPTH.
 */
export function cleanJson(value: unknown): JsonDocument {
  const warnings: SpecIssue[] = []
  return { value: clean(value, [], warnings), warnings }
}

function clean(value: unknown, path: PropertyKey[], warnings: SpecIssue[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (path.length >= MAX_JSON_DEPTH) {
    const message = `nested more than ${MAX_JSON_DEPTH} deep`
    throw new SpecError([{ path: formatPath(path.slice(0, 8)), message }])
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => clean(item, [...path, index], warnings))
  }
  const out: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    if (member === null || member === undefined) continue
    if (key === '__proto__') {
      warnings.push({ path: formatPath([...path, key]), message: 'ignored: not a usable name' })
      continue
    }
    out[key] = clean(member, [...path, key], warnings)
  }
  return out
}
