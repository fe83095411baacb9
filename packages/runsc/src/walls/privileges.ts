// Giving up users and capabilities, in every thread of this process. (runsc)

import { readFileSync } from 'node:fs'
import { allocate, Batch, inEveryThread, NR } from '@tsvisor/host'
import { ownIds } from '../user-namespace.ts'

export const NOBODY = 65534
const CAPABILITY_VERSION = 0x2008_0522
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_CLEAR_ALL = 4

export interface Privileges {
  /** Become this user and group, and leave all other groups. */
  readonly id?: number
  /** CAP_* to keep. */
  readonly capabilities: readonly number[]
}

/** Throws the Errno of what the host forbids. */
export function keepOnly(threads: readonly number[], { id, capabilities }: Privileges): void {
  const batch = new Batch()
  if (id !== undefined) {
    batch.push(NR.setgroups, 0, 0, 0, 0, 0, 0)
    batch.push(NR.setresgid, id, id, id, 0, 0, 0)
    batch.push(NR.setresuid, id, id, id, 0, 0, 0)
  }
  batch.push(NR.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0)
  const { address, bytes } = allocate(4096)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, CAPABILITY_VERSION, true)
  for (const word of [0, 1]) {
    const mask = capabilities
      .filter(capability => capability >> 5 === word)
      .reduce((bits, capability) => bits | (1 << (capability & 31)), 0)
    for (const set of [0, 4]) view.setInt32(8 + word * 12 + set, mask, true)
  }
  batch.push(NR.capset, address, address + 8, 0, 0, 0, 0)
  inEveryThread(threads, batch)
}

/** Those of the capabilities that this process has. */
export function heldOf(capabilities: readonly number[]): number[] {
  const status = readFileSync('/proc/self/status', 'latin1')
  const permitted = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`)
  return capabilities.filter(capability => (permitted >> BigInt(capability)) & 1n)
}

/** Whether this process could become that user: its user namespace may not have the number. */
export function canBecome(id: number): boolean {
  if (process.geteuid!() !== 0) return false
  return ownIds('uid').some(({ inside, size }) => id >= inside && id - inside < size)
}
