// Configurations for the tests: a valid one, and the means to break it in one place. (oci-spec test)

import { defaultSpec, SpecError } from '../src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests put anything anywhere
export type Loose = any

/** A valid configuration as loose data, changed by `edit`. */
export function broken(edit: (spec: Loose) => void): unknown {
  const spec = JSON.parse(JSON.stringify(defaultSpec())) as Loose
  edit(spec)
  return spec
}

/** The issues that `run` fails with, as lines. */
export function issuesOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof SpecError) return error.message.split('\n')
    throw error
  }
  return []
}
