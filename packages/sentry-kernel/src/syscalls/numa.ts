// System calls on NUMA memory policy, on a machine with one node. (syscalls)
// Linux mm/mempolicy.c, mm/migrate.c.

import {
  type Addr,
  CAP_SYS_NICE,
  EFAULT,
  EINVAL,
  EIO,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
  EPERM,
  ESRCH,
  MPOL_BIND,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  MPOL_INTERLEAVE,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
  MPOL_PREFERRED_MANY,
  MPOL_WEIGHTED_INTERLEAVE,
} from '@tsvisor/abi'
import { type Blocking, turn } from '../kernel/blocking.ts'
import { type MemoryManager, pageUp } from '../mm/memory-manager.ts'
import {
  ALL_NODES,
  checkMode,
  type MemoryPolicy,
  policyOf,
  readNodes,
} from '../mm/memory-policy.ts'
import type { Vma } from '../mm/vma.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { hasCapability } from '../task/credentials.ts'
import { mayPtrace } from '../task/permission.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

const TWO_64 = 2 ** 64
/** Bytes of a node mask that Linux writes: as many nodes as there can be here, in whole words. */
const NODE_BYTES = 8

export const set_mempolicy: Handler<'set_mempolicy'> = (task, { mode, nodemask, maxnode }) => {
  checkMode(mode)
  task.memoryPolicy = policyOf(mode, readNodes(task.mm, nodemask, maxnode))
  return 0
}

/** Errors: EINVAL, EFAULT (also for an address without a mapping). */
export const get_mempolicy: Handler<'get_mempolicy'> = (
  task,
  { mode, nodemask, maxnode, addr, flags },
) => {
  if (nodemask !== 0 && maxnode < 1) throw EINVAL
  if (flags >= 8) throw EINVAL
  const found = flags & MPOL_F_MEMS_ALLOWED ? allowed(flags) : policyAt(task, addr, flags)
  if (mode !== 0) task.mm.writeU32(mode, found.mode)
  if (nodemask !== 0) writeNodes(task, nodemask, maxnode, found.nodes)
  return 0
}

function allowed(flags: number): MemoryPolicy {
  if (flags & (MPOL_F_NODE | MPOL_F_ADDR)) throw EINVAL
  return { mode: 0, nodes: ALL_NODES }
}

function policyAt(task: Task, addr: Addr, flags: number): MemoryPolicy {
  let policy = task.memoryPolicy
  if (flags & MPOL_F_ADDR) {
    const vma = task.mm.vmas.find(addr)
    if (vma === undefined) throw EFAULT
    policy = vma.policy
  } else if (addr !== 0) throw EINVAL
  const nodes = policy?.nodes ?? 0n
  if (!(flags & MPOL_F_NODE)) return { mode: policy?.mode ?? 0, nodes }
  if (flags & MPOL_F_ADDR) {
    // The page is read to be there, and then it is on the only node.
    if (task.mm.copyIn(addr, new Uint8Array(1)) === 0) throw EFAULT
  } else {
    const mode = policy === undefined ? 0 : checkMode(policy.mode)
    if (mode !== MPOL_INTERLEAVE && mode !== MPOL_WEIGHTED_INTERLEAVE) throw EINVAL
  }
  return { mode: 0, nodes }
}

/** copy_nodes_to_user. Errors: EINVAL, EFAULT. */
function writeNodes({ mm }: Task, at: Addr, maxNode: number, nodes: bigint): void {
  const bytes = Math.ceil((maxNode - 1) / 64) * 8
  if (bytes > PAGE_SIZE) throw EINVAL
  const mask = new Uint8Array(bytes)
  if (bytes >= NODE_BYTES) new DataView(mask.buffer).setBigUint64(0, nodes & (2n ** 64n - 1n), true)
  mm.write(at, mask)
}

/** Errors: EINVAL, EPERM, EFAULT (a hole, unless the policy is the default one). */
export const mbind: Handler<'mbind'> = (task, { addr, len, mode, nodemask, maxnode, flags }) => {
  const { mm } = task
  const plain = checkMode(mode | 0)
  const nodes = readNodes(mm, nodemask, maxnode)
  if (flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) throw EINVAL
  if (flags & MPOL_MF_MOVE_ALL && !hasCapability(task.creds, CAP_SYS_NICE)) throw EPERM
  const end = endOf(addr, len)
  if (end === addr) return 0
  const policy = policyOf(mode | 0, nodes)
  // No page is where it should not be: there is one node, and a policy without it is refused.
  if (policy === undefined ? !mm.vmas.overlaps(addr, end) : !mm.vmas.covers(addr, end)) throw EFAULT
  setPolicy(mm, addr, end, () => policy)
  const misplaced = plain !== 0 && policy?.nodes === 0n
  if (misplaced && flags & MPOL_MF_STRICT) throw EIO
  return 0
}

/** Errors: EINVAL (unaligned, past the end of all addresses). */
function endOf(start: number, length: number): number {
  if (start % PAGE_SIZE !== 0) throw EINVAL
  // The last page of all wraps around to nothing; a whole number of pages must not be rounded again.
  const whole = length % PAGE_SIZE === 0 ? length : pageUp(length)
  const end = start + (whole % TWO_64)
  if (end >= TWO_64) throw EINVAL
  return end
}

function setPolicy(
  mm: MemoryManager,
  start: number,
  end: number,
  choose: (vma: Vma) => MemoryPolicy | undefined,
): void {
  mm.change(start, end, vma => {
    vma.policy = choose(vma)
  })
  mm.vmas.mergeAround(start, end)
}

/** With one node the home node is the one that it is anyway. */
export const set_mempolicy_home_node: Handler<'set_mempolicy_home_node'> = (
  { mm },
  { start, len, home_node, flags },
) => {
  if (start % PAGE_SIZE !== 0 || flags !== 0 || home_node !== 0) throw EINVAL
  const end = endOf(start, len)
  if (end === start) return 0
  let found = false
  const { list } = mm.vmas
  for (let i = mm.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++) {
    const { policy } = list[i]!
    if (policy === undefined) continue
    const mode = checkMode(policy.mode)
    if (mode !== MPOL_BIND && mode !== MPOL_PREFERRED_MANY) throw EOPNOTSUPP
    found = true
  }
  if (!found) throw ENOENT
  return 0
}

/** The task whose memory another one may move. Errors: ESRCH, EPERM. */
function subject(task: Task, pid: number): Task {
  const target = pid === 0 ? task : task.pidNamespace.task(pid)
  if (target === undefined || target.state === 'dead') throw ESRCH
  if (target !== task && !mayPtrace(task, target)) throw EPERM
  return target
}

/** Everything is where it can be. */
export const migrate_pages: Handler<'migrate_pages'> = (
  task,
  { pid, maxnode, old_nodes, new_nodes },
) => {
  readNodes(task.mm, old_nodes, maxnode)
  const to = readNodes(task.mm, new_nodes, maxnode)
  subject(task, pid)
  if (to & ~ALL_NODES && !hasCapability(task.creds, CAP_SYS_NICE)) throw EPERM
  if (!(to & ALL_NODES)) throw EINVAL
  return 0
}

/** Errors: EINVAL, EPERM, ESRCH, EFAULT, ENODEV (another node than the one). */
export const move_pages: Handler<'move_pages'> = (
  task,
  { pid, count, pages, nodes, status, flags },
) => {
  if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) throw EINVAL
  if (flags & MPOL_MF_MOVE_ALL && !hasCapability(task.creds, CAP_SYS_NICE)) throw EPERM
  return movePages(task, subject(task, pid).mm, { count, pages, nodes, status })
}

const CHUNK = 512

function* movePages(
  task: Task,
  target: MemoryManager,
  { count, pages, nodes, status }: { count: number; pages: Addr; nodes: Addr; status: Addr },
): Blocking {
  const { mm, kernel } = task
  for (let done = 0; done < count; done += CHUNK) {
    const most = Math.min(CHUNK, count - done)
    for (let i = 0; i < most; i++) {
      const at = done + i
      const page = mm.readU64((pages + at * 8) as Addr)
      if (nodes !== 0 && mm.readI32((nodes + at * 4) as Addr) !== 0) throw ENODEV
      const mapped = target.vmas.find(page) !== undefined
      mm.writeU32((status + at * 4) as Addr, mapped ? 0 : -EFAULT.code)
    }
    if (done + CHUNK < count) yield turn(kernel.clock.monotonicNs())
  }
  return 0
}
