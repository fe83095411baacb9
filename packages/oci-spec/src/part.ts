// Parts of config.json that come in files of their own: a process, resources. (oci-spec, pure)

import type { ZodMiniType } from 'zod/mini'
import { checkSchema } from './check-schema.ts'
import type { SpecProcess, SpecResources } from './config-schema.ts'
import { SpecError, type SpecIssue } from './issue.ts'
import { parseJson } from './json.ts'
import { processSchema } from './process-schema.ts'
import { resourcesSchema } from './resources-schema.ts'

export interface ParsedPart<T> {
  readonly value: T
  /** Members that were ignored because the specification does not know them. */
  readonly warnings: readonly SpecIssue[]
}

/** The document of `exec --process`: `process` of config.json. Errors: SpecError. */
export function parseProcess(json: string): ParsedPart<SpecProcess> {
  const parsed = parsePart<SpecProcess>(json, processSchema)
  if ((parsed.value.args?.length ?? 0) === 0) {
    throw new SpecError([{ path: 'args', message: 'expected at least one, the program' }])
  }
  return parsed
}

/** The document of `update --resources`: `linux.resources` of config.json. Errors: SpecError. */
export const parseResources = (json: string): ParsedPart<SpecResources> =>
  parsePart(json, resourcesSchema)

function parsePart<T>(json: string, schema: ZodMiniType): ParsedPart<T> {
  const document = parseJson(json)
  const { errors, warnings } = checkSchema(schema, document.value)
  if (errors.length > 0) throw new SpecError(errors)
  return { value: document.value as T, warnings: [...document.warnings, ...warnings] }
}
