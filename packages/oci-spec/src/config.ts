// Reading config.json: text or data in, a valid Spec or every reason why not out. (oci-spec, pure)

import { checkSchema } from './check-schema.ts'
import { configSchema, type Spec } from './config-schema.ts'
import { SpecError, type SpecIssue } from './issue.ts'
import { cleanJson, type JsonDocument, parseJson } from './json.ts'
import { checkRules } from './rules.ts'

export interface ParsedSpec {
  readonly spec: Spec
  /** Members that were ignored because the specification does not know them. */
  readonly warnings: readonly SpecIssue[]
}

/**
 * Reads the text of a config.json.
 * Errors: SpecError, with every mistake that was found.
 */
export const parseConfig = (text: string): ParsedSpec => check(parseJson(text))

/**
 * Checks data that is already parsed. It is copied, not changed.
 * Errors: SpecError, with every mistake that was found.
 */
export const validateConfig = (data: unknown): ParsedSpec => check(cleanJson(data))

function check(document: JsonDocument): ParsedSpec {
  const { errors, warnings } = checkSchema(
    configSchema,
    document.value,
    // Of a capability version 1.0 says "MUST cause an error", and from 1.1 on "MUST be logged as a warning".
    isOfVersion10(document.value) ? 'refused' : 'ignored',
  )
  const broken = new Set(errors.map(issue => /^[^.[]*/.exec(issue.path)![0]))
  const issues = broken.has('')
    ? errors
    : [...errors, ...checkRules(document.value as Spec, broken)]
  if (issues.length > 0) throw new SpecError(issues)
  return { spec: document.value as Spec, warnings: [...document.warnings, ...warnings] }
}

const isOfVersion10 = (value: unknown): boolean =>
  /^1\.0\./.test(String((value as Partial<Spec> | null)?.ociVersion))
