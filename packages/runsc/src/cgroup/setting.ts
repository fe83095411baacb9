// One limit of a cgroup: a file and what is written to it. (runsc)

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpecResources } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'

export interface Setting {
  /** The member of linux.resources that asks for it. */
  readonly member: string
  readonly file: string
  readonly value: string
  /** `warn`: a kernel without the file is no reason to refuse. */
  readonly missing: 'refuse' | 'warn' | 'skip'
}

/** What a controller makes of the configuration; it may look at the cgroup's present values. */
export type SettingsOf = (resources: SpecResources, cgroup: CgroupFiles) => Setting[]

export const setting = (
  member: string,
  file: string,
  value: number | string,
  missing: Setting['missing'] = 'refuse',
): Setting => ({
  member: `linux.resources.${member}`,
  file,
  value: typeof value === 'number' ? BigInt(value).toString() : value,
  missing,
})

/** The files of one cgroup in one hierarchy. */
export class CgroupFiles {
  readonly directory: string

  constructor(directory: string) {
    this.directory = directory
  }

  /** Undefined when there is no such file, or it cannot be read. */
  read(file: string): string | undefined {
    try {
      return readFileSync(join(this.directory, file), 'utf8').trimEnd()
    } catch {
      return undefined
    }
  }

  has(file: string): boolean {
    return existsSync(join(this.directory, file))
  }

  /** A single number; `max` is Infinity. */
  number(file: string): number | undefined {
    const text = this.read(file)
    if (text === 'max') return Number.POSITIVE_INFINITY
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
  }

  /** Lines of a name and a number, as memory.stat has them. */
  table(file: string): Map<string, number> {
    const rows = new Map<string, number>()
    for (const line of (this.read(file) ?? '').split('\n')) {
      const [name, value] = line.split(/[ =]/)
      if (name && value !== undefined) rows.set(name, Number(value))
    }
    return rows
  }

  /** Errors: those of node:fs. */
  write(file: string, value: string): void {
    writeFileSync(join(this.directory, file), value)
  }
}

/** Errors: Failure naming the member. */
export function applySetting(
  cgroup: CgroupFiles,
  { member, file, value, missing }: Setting,
  warn: (message: string) => void,
): void {
  try {
    cgroup.write(file, value)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // cgroupfs lets nobody make files: that it was tried shows in one of these.
    const tried = code === 'ENOENT' || code === 'EACCES' || code === 'EPERM'
    if (!tried || existsSync(join(cgroup.directory, file)))
      throw new Failure(`${member}: ${explain(cgroup, file, value, code) ?? message}`)
    if (missing === 'skip') return
    const text = `${member}: this machine's cgroups have no ${file}`
    if (missing === 'refuse') throw new Failure(text)
    warn(`${text}; ignored`)
  }
}

function explain(
  cgroup: CgroupFiles,
  file: string,
  value: string,
  code: string | undefined,
): string | undefined {
  const to = join(cgroup.directory, file)
  if (code === 'EBUSY' && file.startsWith('memory.')) {
    const usage = cgroup.number('memory.usage_in_bytes') ?? cgroup.number('memory.current')
    return `cannot set the limit to ${value}: ${usage} bytes are in use (${to})`
  }
  if (code === 'EINVAL' || code === 'ERANGE') return `the host refuses "${value}" (${to})`
  if (code === 'EBUSY') return `"${value}": the host says that it is busy (${to})`
  return undefined
}
