// /proc/sys/kernel. (fs/proc)
// proc_sys_kernel(5), Documentation/admin-guide/sysctl/kernel.rst.

import { CAP_SYS_ADMIN, EPERM } from '@tsvisor/abi'
import { DISABLED_BY_DEFAULT, UNPRIVILEGED_BPF_DISABLED } from '../../../bpf/capable.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import { kernelLocal } from '../../../kernel/kernel-local.ts'
import { KERNEL_RELEASE, KERNEL_VERSION } from '../../../kernel/uts.ts'
import { hasCapability, hasCapabilityIn } from '../../../task/credentials.ts'
import { PID_MAX } from '../../../task/pid-namespace.ts'
import type { Task } from '../../../task/task.ts'
import { ipcControls } from './ipc.ts'
import {
  type Declarations,
  kept,
  number,
  numbers,
  setSysctlValue,
  shown,
  sysctl,
  text,
} from './sysctl.ts'

const UTS_MAX = 64

function checkAdmin(task: Task): void {
  if (!hasCapabilityIn(task.creds, task.namespaces.uts.userNamespace, CAP_SYS_ADMIN)) throw EPERM
}

/** 1 is for good (bpf_unpriv_handler). Errors: EPERM. */
function setUnprivilegedBpf({ creds, kernel }: Task, value: number): void {
  if (!hasCapability(creds, CAP_SYS_ADMIN)) throw EPERM
  const now = sysctl(kernel, UNPRIVILEGED_BPF_DISABLED, DISABLED_BY_DEFAULT)
  if (now === 1 && value !== 1) throw EPERM
  setSysctlValue(kernel, UNPRIVILEGED_BPF_DISABLED, value)
}

/** A random (version 4) UUID. */
function uuid(kernel: Kernel): string {
  const bytes = new Uint8Array(16)
  kernel.random.fill(bytes)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
const bootId = kernelLocal(uuid)

export const kernelControls: Declarations = {
  ...ipcControls,
  cap_last_cap: shown(() => 40),
  core_pattern: shown(() => 'core'),
  core_uses_pid: shown(() => 0),
  domainname: text(
    task => task.namespaces.uts.domainname,
    (task, value) => {
      checkAdmin(task)
      task.namespaces.uts.domainname = value
    },
    UTS_MAX,
  ),
  hostname: text(
    task => task.namespaces.uts.hostname,
    (task, value) => {
      checkAdmin(task)
      task.namespaces.uts.hostname = value
    },
    UTS_MAX,
  ),
  keys: {
    maxbytes: number(20_000),
    maxkeys: number(200),
    root_maxbytes: number(25_000_000),
    root_maxkeys: number(1_000_000),
  },
  ngroups_max: shown(() => 65_536),
  osrelease: shown(() => KERNEL_RELEASE),
  ostype: shown(() => 'Linux'),
  // What is shown of ids without a number in a namespace stays what everybody expects.
  overflowgid: number(65_534, { min: 65_534, max: 65_534 }),
  overflowuid: number(65_534, { min: 65_534, max: 65_534 }),
  panic: number(0, { min: -0x8000_0000 }),
  perf_event_paranoid: number(2, { min: -1 }),
  pid_max: shown(() => PID_MAX),
  printk: numbers([4, 4, 1, 7]),
  random: {
    boot_id: shown(task => bootId(task.kernel)),
    entropy_avail: shown(() => 256),
    poolsize: shown(() => 256),
    urandom_min_reseed_secs: number(60),
    uuid: shown(task => uuid(task.kernel)),
    write_wakeup_threshold: number(256),
  },
  randomize_va_space: number(2, { max: 2 }),
  sched_autogroup_enabled: number(0, { max: 1 }),
  sched_child_runs_first: number(0, { max: 1 }),
  sched_rr_timeslice_ms: number(100),
  sched_rt_period_us: number(1_000_000, { min: 1 }),
  sched_rt_runtime_us: number(950_000, { min: -1 }),
  seccomp: {
    actions_avail: shown(() => 'kill_process kill_thread trap errno trace log allow'),
  },
  tainted: shown(() => 0),
  'threads-max': shown(task => Math.max(20, Math.floor(task.kernel.memoryBytes / 131_072))),
  unprivileged_bpf_disabled: kept(
    ({ kernel }) => sysctl(kernel, UNPRIVILEGED_BPF_DISABLED, DISABLED_BY_DEFAULT),
    setUnprivilegedBpf,
    { max: 2 },
  ),
  version: shown(() => KERNEL_VERSION),
  yama: { ptrace_scope: number(0, { max: 3 }) },
}
