// How far each system call is supported: for documentation and for tools that ask. (syscalls)

import { type SyscallName, syscallByNumber } from '@tsvisor/abi'
import { syscallEntry } from './table.ts'

/**
 * `full`: as Linux has it, as far as is known. `partial`: the note says what is missing or has no
 * effect. `none`: answers as a Linux built without it does.
 */
export type SupportLevel = 'full' | 'partial' | 'none'

export interface SyscallSupport {
  readonly nr: number
  readonly name: SyscallName
  readonly level: SupportLevel
  /** What differs from Linux; Markdown. */
  readonly note: string
}

const SCHEDULING = 'Checked, kept and read back. The host schedules guest threads by its own rules.'
const IO_PRIORITY = 'Checked, kept and read back, without effect.'
const LOCKED = 'Accounted and limited. The host may still swap the pages out.'
const NAMESPACES = 'No time namespaces (EINVAL), as on a kernel built without.'
const NO_KEYS = 'as on a CPU without protection keys'
const NO_HANDLES = 'no file system has handles'

/** What is not as on Linux, for calls that have a handler. */
const NOTES: { readonly [N in SyscallName]?: string } = {
  bpf: 'Device programs of control groups (those of packets load, and do not attach), without maps, helpers, loops, stack and comparisons of addresses, of at most 4096 instructions. EINVAL for other types and commands.',
  cachestat: 'Every page of a regular file counts as cached, none as dirty.',
  clone: NAMESPACES,
  clone3: `${NAMESPACES} No set_tid (EPERM).`,
  unshare: NAMESPACES,
  fsconfig: 'Flags and strings.',
  fsopen: 'tmpfs, proc, sysfs, cgroup, cgroup2, devpts, mqueue, overlay.',
  fspick: 'EOPNOTSUPP for file systems that mount(2) cannot make.',
  mount: 'Of file systems: tmpfs, proc, sysfs, cgroup, cgroup2, devpts, mqueue, overlay.',
  statmount: 'By mnt_ns_id only namespaces that somebody is in.',
  listmount: 'By mnt_ns_id only namespaces that somebody is in.',
  mount_setattr: 'MOUNT_ATTR_IDMAP: no file system takes a map (EINVAL).',
  membarrier: 'Without the commands of rseq, which is not there.',
  mlock: LOCKED,
  mlock2: LOCKED,
  mlockall: LOCKED,
  mincore: 'Every mapped page counts as resident.',
  mmap: 'MAP_HUGETLB: there are no huge pages to give (ENOMEM).',
  move_pages: 'Every mapped page counts as resident.',
  pkey_mprotect: `Keys -1 and 0: ${NO_KEYS}.`,
  fadvise64: 'Checked, without effect.',
  readahead: 'Checked, without effect.',
  fcntl: 'No leases (EAGAIN, as when others have the file open), no write hints.',
  io_submit: 'Reads, writes and syncs are complete when it returns.',
  ioctl:
    'Files, terminals, pipes, sockets, network interfaces (read, and flags), namespaces. ENOTTY for others.',
  socket:
    'AF_UNIX, AF_INET and AF_INET6 (TCP and UDP over loopback), AF_NETLINK (route: lo, its flags, addresses and routes; sock_diag: TCP, UDP and unix).',
  ptrace:
    'No hardware breakpoints (ENOSPC), no PTRACE_SINGLEBLOCK, PTRACE_SECCOMP_*, PTRACE_SET_SYSCALL_INFO (EIO).',
  prctl:
    'EINVAL for PR_SET_VMA and other options of optional parts. PR_SET_MM, PR_SET_PTRACER: not.',
  seccomp: 'No user notification: EINVAL for its flags and operation, as before Linux 5.0.',
  personality: 'Kept and read back; ADDR_NO_RANDOMIZE has effect.',
  reboot: 'Checked; then EPERM.',
  msgrcv: 'No MSG_COPY (ENOSYS).',
  sched_setaffinity: SCHEDULING,
  sched_setattr: `${SCHEDULING} No deadline class.`,
  sched_setparam: SCHEDULING,
  sched_setscheduler: SCHEDULING,
  setpriority: SCHEDULING,
  ioprio_set: IO_PRIORITY,
}

/** Calls that are not there, and what they answer where that is not plainly ENOSYS. */
const MISSING: { readonly [N in SyscallName]?: string } = {
  pkey_alloc: `ENOSPC, ${NO_KEYS}.`,
  pkey_free: `EINVAL, ${NO_KEYS}.`,
  map_shadow_stack: 'EOPNOTSUPP, as on a CPU without shadow stacks.',
  name_to_handle_at: `EOPNOTSUPP: ${NO_HANDLES}.`,
  open_by_handle_at: `EPERM: ${NO_HANDLES}.`,
}

/** Every declared system call, by number. */
export function syscallSupport(): readonly SyscallSupport[] {
  return syscallByNumber.flatMap(decl => {
    if (decl === undefined) return []
    const { nr, name } = decl
    const missing = MISSING[name]
    if (missing !== undefined || syscallEntry(nr) === undefined)
      return { nr, name, level: 'none', note: missing || 'ENOSYS' }
    const note = NOTES[name]
    return { nr, name, level: note === undefined ? 'full' : 'partial', note: note ?? '' }
  })
}
