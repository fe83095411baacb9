// The rules that hold between members, which a schema of each alone cannot say. (oci-spec, pure)

import type { Spec, SpecHook, SpecLinux, SpecProcess } from './config-schema.ts'
import { formatPath, quote, type SpecIssue } from './issue.ts'
import { sysctlProblem } from './sysctl-rules.ts'

type Report = (path: readonly PropertyKey[], message: string) => void

/**
 * Checks one section of a document whose own shape is right.
 * A section with shape errors is not passed in, so several mistakes in different ones all show.
 */
const SECTIONS: { [K in keyof Spec]?: (section: NonNullable<Spec[K]>, report: Report) => void } = {
  process: checkProcess,
  linux: checkLinux,
  hooks: (hooks, report) => {
    for (const [name, list] of Object.entries(hooks)) {
      list?.forEach((hook: SpecHook, index) => {
        if (hook.args?.length === 0) report(['hooks', name, index, 'args'], 'expected at least one')
      })
    }
  },
  hostname: (hostname, report) => checkUtsName('hostname', hostname, report),
  domainname: (name, report) => checkUtsName('domainname', name, report),
  mounts: (mounts, report) => {
    mounts.forEach((mount, index) => {
      if (isBind(mount) && !mount.source) {
        report(['mounts', index, 'source'], 'expected a path to bind, but it is missing')
      }
    })
  },
}

/** Issues of the rules between members; `broken` are the sections that cannot be looked at. */
export function checkRules(spec: Spec, broken: ReadonlySet<string>): SpecIssue[] {
  const issues: SpecIssue[] = []
  const report: Report = (path, message) => issues.push({ path: formatPath(path), message })
  for (const [name, check] of Object.entries(SECTIONS)) {
    const section = spec[name as keyof Spec]
    if (section !== undefined && !broken.has(name)) (check as SectionCheck)(section, report)
  }
  return issues
}

type SectionCheck = (section: unknown, report: Report) => void

function isBind(mount: { type?: string | undefined; options?: string[] | undefined }): boolean {
  return mount.type === 'bind' || !!mount.options?.some(it => it === 'bind' || it === 'rbind')
}

const UTS_NAME_MAX = 64

function checkUtsName(member: string, name: string, report: Report): void {
  if (name.length > UTS_NAME_MAX) {
    report([member], `expected at most ${UTS_NAME_MAX} characters, found ${name.length}`)
  }
}

function checkProcess(process: SpecProcess, report: Report): void {
  if (process.args !== undefined && process.args.length === 0) {
    report(['process', 'args'], 'expected at least one argument, found an empty array')
  }
  if (process.args?.[0] === '') {
    report(['process', 'args', 0], 'expected the name of a program, found string ""')
  }
  process.rlimits?.forEach((limit, index) => {
    if (limit.soft > limit.hard) {
      report(
        ['process', 'rlimits', index, 'soft'],
        `expected at most the hard limit ${limit.hard}, found number ${limit.soft}`,
      )
    }
  })
  reportRepeats(process.rlimits, 'type', ['process', 'rlimits'], report)
  const policy = process.scheduler?.policy
  const realtime = policy === 'SCHED_FIFO' || policy === 'SCHED_RR'
  if (process.scheduler?.priority && !realtime) {
    report(
      ['process', 'scheduler', 'priority'],
      `expected 0 with ${policy}, found number ${process.scheduler.priority}`,
    )
  }
}

function checkLinux(linux: SpecLinux, report: Report): void {
  reportRepeats(linux.namespaces, 'type', ['linux', 'namespaces'], report)
  reportRepeats(linux.devices, 'path', ['linux', 'devices'], report)
  linux.namespaces?.forEach((namespace, index) => {
    if (namespace.path && !namespace.path.startsWith('/')) {
      const message = `expected an absolute path, found string ${quote(namespace.path)}`
      report(['linux', 'namespaces', index, 'path'], message)
    }
  })
  linux.devices?.forEach((device, index) => {
    if (device.type === 'p') return
    for (const member of ['major', 'minor'] as const) {
      if (device[member] === undefined) {
        const message = `expected an integer for a device of type "${device.type}", but it is missing`
        report(['linux', 'devices', index, member], message)
      }
    }
  })
  for (const name of Object.keys(linux.sysctl ?? {})) {
    const problem = sysctlProblem(name, linux)
    if (problem !== undefined) report(['linux', 'sysctl', name], problem)
  }
  const hasUser = linux.namespaces?.some(namespace => namespace.type === 'user')
  for (const member of ['uidMappings', 'gidMappings'] as const) {
    const mappings = linux[member] ?? []
    if (mappings.length > 0 && linux.namespaces !== undefined && !hasUser) {
      report(['linux', member], 'given, but linux.namespaces has no "user" namespace')
    }
    mappings.forEach((mapping, index) => {
      if (mapping.size === 0) {
        report(['linux', member, index, 'size'], 'expected at least 1, found number 0')
      }
    })
  }
}

function reportRepeats<K extends string>(
  list: readonly { readonly [key in K]: string }[] | undefined,
  key: K,
  path: readonly PropertyKey[],
  report: Report,
): void {
  const first = new Map<string, number>()
  list?.forEach((item, index) => {
    const value = item[key]
    const before = first.get(value)
    if (before === undefined) first.set(value, index)
    else
      report(
        [...path, index, key],
        `${quote(value)} is already in ${formatPath([...path, before])}`,
      )
  })
}
