// The character devices of a kernel. (fs/devices)

import { ENXIO, makedev, minor, O_NOCTTY } from '@tsvisor/abi'
import { kernelLocal } from '../../kernel/kernel-local.ts'
import { DevptsFs, SLAVE_MAJOR } from '../pty/devpts.ts'
import { devptsBeside } from '../pty/devpts-place.ts'
import { openControlling, openSlave } from '../pty/open-tty.ts'
import type { Pty } from '../pty/pty.ts'
import { registerKernelMessages } from './kmsg.ts'
import { registerMemoryDevices } from './memory-devices.ts'
import { DeviceRegistry } from './registry.ts'

/** Terminals of a kernel: the devpts that /dev/ptmx (5:2) and pts numbers mean, and /dev/console. */
export interface Terminals {
  /** The instance behind device numbers where none is beside the node; the container's mount. Made on first use if none was set. */
  devpts: DevptsFs | undefined
  /** What /dev/console is, in a container with a terminal. */
  console: Pty | undefined
}
export const terminals = kernelLocal<Terminals>(() => ({ devpts: undefined, console: undefined }))

/** Drivers by number. */
export const devices = kernelLocal(kernel => {
  const registry = new DeviceRegistry()
  const tty = terminals(kernel)
  registerMemoryDevices(registry)
  registerKernelMessages(registry)
  registry.register(makedev(5, 0), openControlling)
  registry.register(makedev(5, 1), (task, inode, path, flags) => {
    if (tty.console === undefined) throw ENXIO
    return openSlave(task, tty.console, inode, path, flags | O_NOCTTY)
  })
  registry.register(makedev(5, 2), (task, inode, path, flags) => {
    const beside = path && devptsBeside(task, path)?.mount.fs
    const devpts = beside instanceof DevptsFs ? beside : (tty.devpts ??= new DevptsFs(kernel, 0x14))
    return devpts.openMaster(task, inode, path, flags)
  })
  registry.registerMajor(SLAVE_MAJOR, (task, inode, path, flags) => {
    const slave = tty.devpts?.slave(minor(inode.attr().rdev))
    if (slave === undefined) throw ENXIO
    return openSlave(task, slave.tty, inode, path, flags)
  })
  return registry
})
