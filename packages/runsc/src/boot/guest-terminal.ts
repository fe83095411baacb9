// A guest terminal on a process's 0, 1 and 2, shown by descriptors of the host. (runsc)

import { AT_FDCWD, O_RDWR } from '@tsvisor/abi'
import { close, getWindowSize, isatty } from '@tsvisor/host'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  DevptsFs,
  type FileDescription,
  type HostFile,
  type MountNamespace,
  openAt,
  openSlave,
  type Task,
  TerminalBridge,
} from '@tsvisor/sentry-kernel'
import type { BootProcess } from './boot-config.ts'
import { mountPoint } from './mount-point.ts'

type TerminalSize = BootProcess['consoleSize']

/** What shows a guest terminal on the host, in raw mode, and where it is typed. */
export interface HostTerminal {
  readonly input: HostFile
  readonly output: HostFile
  /** What the end of the input means. */
  readonly end: 'hangup' | 'eof'
  /** Where nobody says another. */
  readonly size: TerminalSize
}

/** Descriptors 0 and 1 of a process with a terminal, as its far side; 2 is the same, and closed. */
export function hostTerminal(
  platform: PtracePlatform,
  [stdin, stdout, stderr]: readonly [number, number, number],
): HostTerminal {
  const isTerminal = isatty(stdin)
  const size = isTerminal ? getWindowSize(stdin) : { rows: 0, columns: 0 }
  if (stderr > 2) close(stderr)
  return {
    ...{ size, end: isTerminal ? 'hangup' : 'eof' },
    input: platform.openHostFile(stdin, 'terminal input'),
    output: platform.openHostFile(stdout, 'terminal output'),
  }
}

/** A guest terminal and what shows it. */
export interface GuestTerminal {
  readonly bridge: TerminalBridge
  /** Lets go of it, on the host as well, as soon as nobody in the guest uses it any more. */
  readonly closeWhenDone: () => void
}

/** Gives the process a new guest terminal on 0, 1 and 2, its controlling one. */
export function giveTerminal(
  task: Task,
  { input, output, end, size: hostSize }: HostTerminal,
  wanted: TerminalSize,
  use: 'console' | 'terminal',
): GuestTerminal {
  const { kernel, mounts } = task
  const devpts = mountedDevpts(mounts) ?? new DevptsFs(kernel, kernel.nextDev())
  const master = devpts.openMaster(task, devpts.root, undefined, O_RDWR)
  const { tty } = master
  tty.locked = false
  const { rows, columns } = wanted.rows > 0 || wanted.columns > 0 ? wanted : hostSize
  tty.resize({ rows, columns, xPixels: 0, yPixels: 0 })
  const slave = openByName(task, `/dev/pts/${tty.index}`, devpts, tty.index)
  for (const fd of [0, 1, 2]) task.fds.replace(fd, fd === 0 ? slave : slave.hold(), false)
  if (use === 'console' && slave.path !== undefined) showConsole(task, slave.path)
  const bridge = new TerminalBridge(tty, input, output, end)
  const closeWhenDone = () =>
    bridge.whenDone(() => {
      bridge.close()
      input.close()
      output.close()
      master.release()
    })
  return { bridge, closeWhenDone }
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
  return openSlave(task, inode.tty, inode, undefined, O_RDWR)
}

/** As other runtimes do: the terminal's slave is /dev/console. */
function showConsole(task: Task, slave: NonNullable<FileDescription['path']>): void {
  const { kernel, mounts } = task
  const synthetic = { platform: kernel.platform, clock: kernel.clock, dev: kernel.nextDev() }
  mounts.bind(slave, mountPoint({ namespace: mounts, synthetic }, '/dev/console', 'file'), 'single')
}
