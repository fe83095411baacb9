// Descriptors 0, 1 and 2 of the container's process: host files, or a guest terminal. (runsc)

import { AT_FDCWD, O_RDWR } from '@tsvisor/abi'
import { fstat, getFlags, isatty } from '@tsvisor/host'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  DevptsFs,
  type FileDescription,
  type Kernel,
  type MountNamespace,
  openAt,
  openHostFile,
  openSlave,
  type Task,
  TerminalBridge,
} from '@tsvisor/sentry-kernel'
import type { BootProcess } from './boot-config.ts'
import { mountPoint } from './mount-point.ts'

/** The three as this process inherited them. */
export const hostStdio = (kernel: Kernel, platform: PtracePlatform): FileDescription[] =>
  [0, 1, 2].map(fd => {
    const { mode, rdev, uid, gid } = fstat(fd)
    const flags = getFlags(fd)
    return openHostFile(
      kernel,
      platform.openHostFile(fd, `stdio ${fd}`),
      { mode, rdev, uid, gid },
      flags,
    )
  })

/**
 * Gives the process a new guest terminal on 0, 1 and 2, its controlling one and /dev/console, whose
 * far side are this process's 0 and 1.
 */
export function giveTerminal(
  task: Task,
  platform: PtracePlatform,
  size: BootProcess['consoleSize'],
): TerminalBridge {
  const { kernel, mounts } = task
  const devpts = mountedDevpts(mounts) ?? new DevptsFs(kernel, kernel.nextDev())
  const master = devpts.openMaster(task, devpts.root, undefined, O_RDWR)
  const { tty } = master
  tty.locked = false
  tty.resize({ rows: size.rows, columns: size.columns, xPixels: 0, yPixels: 0 })
  const slave = openByName(task, `/dev/pts/${tty.index}`, devpts, tty.index)
  for (const fd of [0, 1, 2]) task.fds.replace(fd, fd === 0 ? slave : slave.hold(), false)
  if (slave.path !== undefined) showConsole(task, slave.path)
  const input = platform.openHostFile(0, 'terminal input')
  const output = platform.openHostFile(1, 'terminal output')
  return new TerminalBridge(tty, input, output, isatty(0) ? 'hangup' : 'eof')
}

function mountedDevpts(mounts: MountNamespace): DevptsFs | undefined {
  for (const { fs } of mounts.mounts()) if (fs instanceof DevptsFs) return fs
  return undefined
}

/** By its path, so that ttyname works; directly where /dev/pts is not this devpts. */
function openByName(task: Task, name: string, devpts: DevptsFs, index: number): FileDescription {
  const inode = devpts.slave(index)!
  try {
    const file = openAt(task, AT_FDCWD, name, O_RDWR, 0) as FileDescription
    if (file.inode === inode) return file
    file.release()
  } catch {
    // No devpts there.
  }
  return openSlave(task, inode.tty, inode, undefined, O_RDWR, 'name')
}

/** As other runtimes do: the terminal's slave is /dev/console. */
function showConsole(task: Task, slave: NonNullable<FileDescription['path']>): void {
  const { kernel, mounts } = task
  const synthetic = { platform: kernel.platform, clock: kernel.clock, dev: kernel.nextDev() }
  mounts.bind(slave, mountPoint({ namespace: mounts, synthetic }, '/dev/console', 'file'), 'single')
}
