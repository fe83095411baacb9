// The starter configuration that `runsc spec` writes. (oci-spec, pure)

import { SPEC_VERSION, type Spec, type SpecMount } from './config-schema.ts'

export interface DefaultSpecOptions {
  /** For an ordinary user: a user namespace where this user is root, no network namespace. */
  readonly rootless?: { readonly uid: number; readonly gid: number }
}

const GRANTED = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'] as const

/** A spec that runs `sh` in the root filesystem `rootfs`, confined as `runc spec` has it. */
export function defaultSpec(options: DefaultSpecOptions = {}): Spec {
  const { rootless } = options
  const linux: NonNullable<Spec['linux']> = {
    namespaces: (['pid', 'network', 'ipc', 'uts', 'mount'] as const)
      .filter(type => !rootless || type !== 'network')
      .map(type => ({ type })),
    maskedPaths: [
      '/proc/acpi',
      '/proc/asound',
      '/proc/kcore',
      '/proc/keys',
      '/proc/latency_stats',
      '/proc/timer_list',
      '/proc/timer_stats',
      '/proc/sched_debug',
      '/sys/firmware',
      '/proc/scsi',
    ],
    readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
  }
  if (rootless) {
    linux.namespaces!.push({ type: 'user' })
    linux.uidMappings = [{ containerID: 0, hostID: rootless.uid, size: 1 }]
    linux.gidMappings = [{ containerID: 0, hostID: rootless.gid, size: 1 }]
  } else {
    linux.resources = { devices: [{ allow: false, access: 'rwm' }] }
  }
  return {
    ociVersion: SPEC_VERSION,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ['sh'],
      env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm'],
      cwd: '/',
      capabilities: {
        bounding: [...GRANTED],
        effective: [...GRANTED],
        permitted: [...GRANTED],
      },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: true },
    hostname: 'runsc',
    mounts: rootless ? rootlessMounts() : standardMounts(),
    linux,
  }
}

const CONFINED = ['nosuid', 'noexec', 'nodev']

const standardMounts = (): SpecMount[] => [
  { destination: '/proc', type: 'proc', source: 'proc' },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: [...CONFINED, 'mode=1777', 'size=65536k'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: [...CONFINED] },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...CONFINED, 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: [...CONFINED, 'relatime', 'ro'],
  },
]

/** An ordinary user owns one id only, so no gid= option, and sysfs can only be bound. */
const rootlessMounts = (): SpecMount[] =>
  standardMounts().map(mount =>
    mount.destination === '/sys'
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...CONFINED, 'ro'] }
      : mount.options
        ? { ...mount, options: mount.options.filter(option => !option.startsWith('gid=')) }
        : mount,
  )
