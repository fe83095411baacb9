// What is wrong with a configuration: issues, and the one error that carries them. (oci-spec, pure)

/** One thing that is wrong, and where. */
export interface SpecIssue {
  /** JSON path: `process.args[0]`, `annotations["a b"]`; empty for the document itself. */
  readonly path: string
  /** What is allowed and what was found: `expected a string, found number 3`. */
  readonly message: string
}

/** One issue as a line: `process.args[0]: expected a string, found number 3`. */
export const formatIssue = (issue: SpecIssue): string =>
  issue.path === '' ? issue.message : `${issue.path}: ${issue.message}`

const MAX_LINES = 20

/** The document is not valid. The message lists the issues, one a line (at most 20). */
export class SpecError extends Error {
  override readonly name = 'SpecError'
  readonly issues: readonly SpecIssue[]

  constructor(issues: readonly SpecIssue[]) {
    const lines = issues.slice(0, MAX_LINES).map(formatIssue)
    if (issues.length > MAX_LINES) lines.push(`… and ${issues.length - MAX_LINES} more`)
    super(lines.join('\n'))
    this.issues = issues
  }
}

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** A path of keys and indices as text. */
export function formatPath(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (!IDENTIFIER.test(String(part))) text += `[${quote(String(part))}]`
    else text += text === '' ? String(part) : `.${String(part)}`
  }
  return text
}

const MAX_QUOTED = 60

/** A string for a message: quoted as JSON, shortened. */
export function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text)
}

/** How a message names a value: `number 3`, `string "x"`, `an array`, `nothing`. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'string') return `string ${quote(value)}`
  if (typeof value === 'object') return 'an object'
  return `${typeof value} ${String(value)}`
}

/** `expected X, found Y`. */
export const expected = (what: string, found: unknown): string =>
  found === undefined
    ? `expected ${what}, but it is missing`
    : `expected ${what}, found ${describe(found)}`
