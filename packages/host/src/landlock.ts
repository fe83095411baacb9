// Landlock: giving up access to files, for threads without any privilege. See landlock(7). (host)

import { call3, call4 } from './call.ts'
import { close } from './fs-open.ts'
import { sys3 } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const CREATE_RULESET_VERSION = 1
const RULE_PATH_BENEATH = 1

const FS = { execute: 1, writeFile: 2, readFile: 4, readDirectory: 8, truncate: 1 << 14 } as const
const READ = FS.execute | FS.readFile | FS.readDirectory
/** What a rule on a file that is no directory may speak of. */
const OF_FILES = FS.execute | FS.writeFile | FS.readFile | FS.truncate
/** LANDLOCK_ACCESS_FS_* that each version of the interface knows, from 1 on. */
const KNOWN = [0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff, 0xffff]

export interface LandlockRule {
  /** An open file, O_PATH will do: what is beneath it, or the file itself. */
  readonly fd: number
  readonly kind: 'directory' | 'file'
  readonly access: 'read' | 'write'
}

/** The version that the host has; 0 for none. */
export const landlockVersion = (): number =>
  Math.max(0, sys3(NR.landlock_create_ruleset, 0, 0, CREATE_RULESET_VERSION))

/**
 * A ruleset that allows the files of the rules and no others to be opened or changed, no TCP and no
 * signals: a descriptor for landlock_restrict_self(2). Throws Errno where the host has none.
 */
export const landlockRuleset = (rules: readonly LandlockRule[]): number => {
  const version = landlockVersion()
  const handled = KNOWN[Math.min(version, KNOWN.length) - 1] ?? 0
  scratchView.setBigUint64(0, BigInt(handled), true)
  // TCP: bind and connect. Scope: abstract sockets and signals.
  scratchView.setBigUint64(8, version >= 4 ? 3n : 0n, true)
  scratchView.setBigUint64(16, version >= 6 ? 3n : 0n, true)
  const size = version >= 6 ? 24 : version >= 4 ? 16 : 8
  const ruleset = call3(NR.landlock_create_ruleset, scratch.address, size, 0)
  try {
    for (const { fd, kind, access } of rules) {
      const wanted = access === 'read' ? READ : handled
      const allowed = wanted & handled & (kind === 'file' ? OF_FILES : handled)
      scratchView.setBigUint64(0, BigInt(allowed), true)
      scratchView.setInt32(8, fd, true)
      call4(NR.landlock_add_rule, ruleset, RULE_PATH_BENEATH, scratch.address, 0)
    }
    return ruleset
  } catch (error) {
    close(ruleset)
    throw error
  }
}
