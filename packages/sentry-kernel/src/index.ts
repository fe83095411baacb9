// @tsvisor/sentry-kernel: the public surface.
export { ControlGroups } from './cgroup/control-groups.ts'
export type { HierarchyOptions } from './cgroup/hierarchy.ts'
export { migrate } from './cgroup/migrate.ts'
export { type NewCgroupfs, newCgroupfs } from './fs/cgroup/cgroupfs.ts'
export { cgroupLimits } from './fs/cgroup/limits.ts'
export { populateDev } from './fs/dev/populate-dev.ts'
export type { DeviceRule } from './fs/devices/device-rules.ts'
export { terminals } from './fs/devices/devices.ts'
export { forgetFiles } from './fs/gofer/forget-files.ts'
export { type FileAccess, GoferFs, type GoferOptions } from './fs/gofer/gofer-fs.ts'
export { OpenFiles } from './fs/gofer/open-files.ts'
export * from './fs/gofer/remote.ts'
export { openHostFile } from './fs/host/open-host.ts'
export type { FsLike, StatsLike } from './fs/node/fs-like.ts'
export { NodeFs, type NodeFsOptions } from './fs/node/node-fs.ts'
export { OverlayFs } from './fs/overlay/overlay.ts'
export type { ProcfsOptions } from './fs/proc/context.ts'
export { parseProcOptions } from './fs/proc/mount-options.ts'
export { type NewProcfs, newProcfs } from './fs/proc/procfs.ts'
export { setSysctl } from './fs/proc/sys/sys.ts'
export type { CpuModel } from './fs/proc/system/cpuinfo.ts'
export { TerminalBridge } from './fs/pty/bridge.ts'
export { DevptsFs, type DevptsOptions } from './fs/pty/devpts.ts'
export { openSlave } from './fs/pty/open-tty.ts'
export { newSysfs, type SysfsOptions } from './fs/sys/sysfs.ts'
export { copyTree } from './fs/tmpfs/copy-tree.ts'
export { parseTmpfsOptions } from './fs/tmpfs/mount-options.ts'
export { Tmpfs, type TmpfsOptions } from './fs/tmpfs/tmpfs.ts'
export { Container, type ContainerOptions, type ContainerStatus } from './kernel/container.ts'
export type { ProcessOptions } from './kernel/create-process.ts'
export {
  describeTasks,
  type ProcessSummary,
  processesOf,
  residentBytesOf,
} from './kernel/inspect.ts'
export * from './kernel/kernel.ts'
export { type KernelLog, silentLog } from './kernel/log.ts'
export { UtsNamespace } from './kernel/uts.ts'
export { BufferIo } from './mm/io.ts'
export * from './platform/host.ts'
export * from './platform/platform.ts'
export * from './platform/registers.ts'
export { addFilter } from './seccomp/install.ts'
export { type SupportLevel, type SyscallSupport, syscallSupport } from './syscalls/support.ts'
export {
  ALL_CAPABILITIES,
  type Capabilities,
  type Credentials,
  rootCredentials,
  userCredentials,
} from './task/credentials.ts'
export { type IdRange, idMaps } from './task/id-maps.ts'
export { ResourceLimits, UNLIMITED } from './task/limits.ts'
export { PidNamespace } from './task/pid-namespace.ts'
export type { Task } from './task/task.ts'
export type { ThreadGroup } from './task/thread-group.ts'
export type { Dentry } from './vfs/dentry.ts'
export type { FileDescription } from './vfs/file-description.ts'
export type { Attr, FileSystem, Inode, Owner } from './vfs/inode.ts'

export { MountNamespace } from './vfs/mount-namespace.ts'
export { lookupChild } from './vfs/namei.ts'
export { instantiate, openAt } from './vfs/open.ts'
export type { Path } from './vfs/path.ts'
export { changePropagation, type Propagation } from './vfs/peers.ts'
