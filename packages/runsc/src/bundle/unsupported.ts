// What a configuration asks for and will not get: warnings and refusals, by name. (runsc)

import type { Spec } from '@tsvisor/oci-spec'
import { REFUSED_OPTIONS } from '../boot/mount-options.ts'
import { CONFIG_SUPPORT } from './support.ts'

export interface Unsupported {
  readonly warnings: readonly string[]
  /** Reasons not to start it. */
  readonly refusals: readonly string[]
}

export function findUnsupported(spec: Spec): Unsupported {
  const warnings: string[] = []
  const refusals: string[] = []
  for (const [pattern, [level, note]] of Object.entries(CONFIG_SUPPORT)) {
    if (level !== 'ignored' && level !== 'refused') continue
    for (const path of find(spec, pattern.split('.'), '')) {
      if (level === 'ignored') warnings.push(`${path}: ignored: ${lower(note)}`)
      else refusals.push(`${path}: not supported: ${lower(note)}`)
    }
  }
  spec.mounts?.forEach(({ options = [] }, mount) => {
    options.forEach((option, index) => {
      const reason = REFUSED_OPTIONS[option.split('=', 1)[0]!]
      if (reason) refusals.push(`mounts[${mount}].options[${index}]: ${option}: ${reason}`)
    })
  })
  return { warnings, refusals }
}

/** Where the configuration says something at a pattern such as `mounts[].uidMappings`. */
function* find(value: unknown, pattern: readonly string[], at: string): Generator<string> {
  const [first, ...rest] = pattern
  if (first === undefined) {
    if (saysSomething(value)) yield at
    return
  }
  if (typeof value !== 'object' || value === null) return
  const isList = first.endsWith('[]')
  const name = isList ? first.slice(0, -2) : first
  const member = (value as Record<string, unknown>)[name]
  const path = at === '' ? name : `${at}.${name}`
  if (!isList) yield* find(member, rest, path)
  else if (Array.isArray(member))
    for (const [index, item] of member.entries()) yield* find(item, rest, `${path}[${index}]`)
}

const saysSomething = (value: unknown): boolean =>
  typeof value === 'object' && value !== null
    ? Object.keys(value).length > 0
    : value !== undefined && value !== '' && value !== 0 && value !== false

const lower = (note: string): string =>
  `${note.charAt(0).toLowerCase()}${note.slice(1).replace(/\.$/, '')}`
