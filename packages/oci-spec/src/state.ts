// state.json: what `runsc state` prints and hooks read on stdin. (oci-spec, pure)

import { optional, type output, record, strictObject } from 'zod/mini'
import { checkSchema } from './check-schema.ts'
import { version } from './config-schema.ts'
import { SpecError } from './issue.ts'
import { cleanJson, parseJson } from './json.ts'
import { absolutePath, integer, nonEmpty, oneOf, text } from './scalar.ts'

/** runtime.md, "State"; `paused` is runc's addition, which engines know. */
export const CONTAINER_STATUSES = ['creating', 'created', 'running', 'stopped', 'paused'] as const

const stateSchema = strictObject({
  ociVersion: version,
  id: nonEmpty,
  status: oneOf(CONTAINER_STATUSES),
  // The sandbox process on the host; absent or 0 when stopped.
  pid: optional(integer(0, 2 ** 22)),
  bundle: absolutePath,
  annotations: optional(record(text, text)),
})

export type State = output<typeof stateSchema>
export type ContainerStatus = State['status']

/** Errors: SpecError, with every mistake that was found. */
export const parseState = (json: string): State => check(parseJson(json).value)

/** Errors: SpecError, with every mistake that was found. */
export const validateState = (data: unknown): State => check(cleanJson(data).value)

function check(data: unknown): State {
  const { errors } = checkSchema(stateSchema, data)
  const state = data as State
  if (errors.length === 0 && needsPid(state) && !state.pid) {
    const message = `expected the id of a process with status "${state.status}", but it is missing`
    errors.push({ path: 'pid', message })
  }
  if (errors.length > 0) throw new SpecError(errors)
  return state
}

const needsPid = (state: State): boolean =>
  state.status === 'created' || state.status === 'running' || state.status === 'paused'
