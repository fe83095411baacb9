// What this runtime does with each member of config.json: the one place that says so. (runsc)
// docs/configuration.md is printed from it; warnings and refusals derive from it.

/**
 * `ignored` members are warned about by name when they say something; `refused` ones are an error.
 * A member stands for all below it that have no row of their own.
 */
export type ConfigSupport = readonly [level: 'yes' | 'partly' | 'ignored' | 'refused', note: string]

const HOST_CGROUP: ConfigSupport = ['yes', 'By a host cgroup.']
const NO_PLATFORM = "Another platform's."
const NO_IDMAP: ConfigSupport = ['refused', 'There are no id-mapped mounts.']

export const CONFIG_SUPPORT: Readonly<Record<string, ConfigSupport>> = {
  ociVersion: ['yes', '1.x.y'],
  'process.terminal': ['yes', 'A terminal of the guest, joined to the console socket or to yours.'],
  'process.consoleSize': ['yes', ''],
  'process.user.uid': ['yes', ''],
  'process.user.gid': ['yes', ''],
  'process.user.umask': ['yes', ''],
  'process.user.additionalGids': ['yes', ''],
  'process.user.username': ['ignored', NO_PLATFORM],
  'process.args': ['yes', ''],
  'process.commandLine': ['ignored', NO_PLATFORM],
  'process.env': [
    'yes',
    'Without one, a PATH is set; and HOME, by the /etc/passwd of the container.',
  ],
  'process.cwd': ['yes', ''],
  'process.capabilities': [
    'yes',
    'Of the guest: over nothing of the host. Unknown ones are warned about, and refused in a configuration of version 1.0, as it says.',
  ],
  'process.rlimits': ['yes', "Of the guest's kernel; the host's limits stay as they are."],
  'process.noNewPrivileges': ['yes', ''],
  'process.apparmorProfile': ['ignored', "The guest's kernel has no AppArmor."],
  'process.oomScoreAdj': ['yes', "Shown inside, and set for the sandbox's own processes."],
  'process.scheduler.policy': ['yes', 'Shown inside; the host schedules as it likes.'],
  'process.scheduler.nice': ['yes', 'Shown inside.'],
  'process.scheduler.priority': ['yes', 'Shown inside.'],
  'process.scheduler.flags': ['partly', 'SCHED_FLAG_RESET_ON_FORK.'],
  'process.scheduler.runtime': ['ignored', 'There is no deadline scheduling.'],
  'process.scheduler.deadline': ['ignored', 'There is no deadline scheduling.'],
  'process.scheduler.period': ['ignored', 'There is no deadline scheduling.'],
  'process.selinuxLabel': ['ignored', "The guest's kernel has no SELinux."],
  'process.ioPriority': ['yes', 'Shown inside; the host schedules as it likes.'],
  'process.execCPUAffinity': ['ignored', 'Guest threads run where the host puts them.'],
  'root.path': ['yes', ''],
  'root.readonly': ['yes', 'In the guest and at the gofer.'],
  hostname: ['yes', ''],
  domainname: ['yes', ''],
  'mounts[].destination': [
    'yes',
    'Made where it is missing; links are followed in the guest only.',
  ],
  'mounts[].type': [
    'partly',
    'bind, proc, sysfs, tmpfs, devpts, devtmpfs, mqueue, cgroup, cgroup2; others are refused.',
  ],
  'mounts[].source': ['yes', 'Shown in mountinfo as given.'],
  'mounts[].options': [
    'partly',
    'All of the specification but idmap and ridmap, which are refused. Mounts propagate in the guest, not from or to the host. A host tree is one mount in the guest: what is mounted below it comes along. With "rbind" and flags for the topmost ("ro", not "rro") each is one.',
  ],
  'mounts[].uidMappings': NO_IDMAP,
  'mounts[].gidMappings': NO_IDMAP,
  'hooks.prestart': ['yes', ''],
  'hooks.createRuntime': ['yes', ''],
  'hooks.createContainer': ['yes', "On the host, as there is no host namespace of the guest's."],
  'hooks.startContainer': ['yes', 'In the guest.'],
  'hooks.poststart': ['yes', ''],
  'hooks.poststop': ['yes', ''],
  annotations: [
    'yes',
    'Kept. Those of containerd and CRI-O, which podman has too, put containers into one sandbox.',
  ],
  'linux.uidMappings': [
    'yes',
    'In /proc/self/uid_map, and between owners of files; no process starts as another id. Without them the ids of the user namespace that runsc is called in.',
  ],
  'linux.gidMappings': ['yes', 'Likewise.'],
  'linux.sysctl': [
    'partly',
    'Those that the kernel has, in namespaces that the list of namespaces has; others are refused, of net they are warned about.',
  ],
  'linux.resources.devices': [
    'partly',
    "By the guest's kernel, when it is created; update has no effect there. Also by a version 1 host cgroup.",
  ],
  'linux.resources.memory.limit': ['yes', 'By a host cgroup; also what the guest has for memory.'],
  'linux.resources.memory.reservation': HOST_CGROUP,
  'linux.resources.memory.swap': HOST_CGROUP,
  'linux.resources.memory.kernel': ['ignored', 'Linux has no such limit any more.'],
  'linux.resources.memory.kernelTCP': ['yes', 'By a version 1 host cgroup.'],
  'linux.resources.memory.swappiness': ['yes', 'By a version 1 host cgroup.'],
  'linux.resources.memory.disableOOMKiller': ['yes', 'By a version 1 host cgroup.'],
  'linux.resources.memory.useHierarchy': ['yes', 'Linux does nothing else any more.'],
  'linux.resources.memory.checkBeforeUpdate': ['yes', ''],
  'linux.resources.cpu': [
    'yes',
    'By a host cgroup. The guest has as many CPUs as cpus names, or as the quota fills.',
  ],
  'linux.resources.pids': ['yes', 'By a host cgroup, and for the tasks of the guest.'],
  'linux.resources.blockIO': [
    'yes',
    "By a host cgroup; weights where the host's scheduler has them.",
  ],
  'linux.resources.hugepageLimits': HOST_CGROUP,
  'linux.resources.network': ['yes', 'By version 1 host cgroups.'],
  'linux.resources.rdma': HOST_CGROUP,
  'linux.resources.unified': ['yes', 'By a version 2 host cgroup.'],
  'linux.cgroupsPath': ['yes', 'Of the host; with --systemd-cgroup "slice:prefix:name".'],
  'linux.namespaces': [
    'partly',
    'The guest has namespaces of its own kernel, whatever the list says. By a path of network, ipc, uts or pid that is /proc/PID/ns/… of a container below the same --root, a container joins the sandbox of that one, as in a pod: the network is then shared whatever else the list says. Any other path of network is joined by the sandbox process; the guest has loopback only. Other paths are refused, but those of ipc and uts of a container annotated as the sandbox of a pod, which its containers name.',
  ],
  'linux.devices': [
    'yes',
    'Nodes; opening one that the kernel has no driver for gives ENXIO. Drivers: null, zero, full, random, urandom, kmsg, tty, ptmx, console.',
  ],
  'linux.netDevices': ['refused', "The host's network devices cannot be moved into a sandbox."],
  'linux.seccomp.defaultAction': ['yes', "By the guest's kernel, for guest programs."],
  'linux.seccomp.defaultErrnoRet': ['yes', ''],
  'linux.seccomp.architectures': ['partly', 'x86-64 is the only one that there is.'],
  'linux.seccomp.flags': ['yes', 'The filter holds for all threads in any case.'],
  'linux.seccomp.listenerPath': [
    'ignored',
    'There is no user notification; SCMP_ACT_NOTIFY is refused.',
  ],
  'linux.seccomp.listenerMetadata': ['ignored', 'There is no user notification.'],
  'linux.seccomp.syscalls': ['yes', 'Names that Linux on x86-64 does not have are skipped.'],
  'linux.rootfsPropagation': [
    'partly',
    "Between the guest's own mounts; a slave has no master on the host.",
  ],
  'linux.maskedPaths': ['yes', ''],
  'linux.readonlyPaths': ['yes', ''],
  'linux.mountLabel': ['ignored', "The guest's kernel has no SELinux."],
  'linux.intelRdt': ['ignored', 'Cache and bandwidth are not allocated.'],
  'linux.personality.domain': ['yes', 'LINUX32 shows in uname; 32-bit programs do not run.'],
  'linux.personality.flags': ['ignored', 'The specification has none yet.'],
  'linux.timeOffsets': ['refused', 'There are no time namespaces.'],
  solaris: ['ignored', NO_PLATFORM],
  windows: ['ignored', NO_PLATFORM],
  vm: ['ignored', NO_PLATFORM],
  zos: ['ignored', NO_PLATFORM],
}

/** The row that holds for a member: its own or the nearest above it. `path`: `mounts[].options`. */
export function supportOf(path: string): ConfigSupport | undefined {
  for (let at = path; at !== ''; at = above(at))
    if (Object.hasOwn(CONFIG_SUPPORT, at)) return CONFIG_SUPPORT[at]
  return undefined
}

const above = (path: string): string =>
  path.endsWith('[]') ? path.slice(0, -2) : path.slice(0, Math.max(0, path.lastIndexOf('.')))
