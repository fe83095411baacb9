// Device nodes: the default ones where nothing is mounted on /dev, and those of linux.devices. (runsc)

import { Errno, makedev } from '@tsvisor/abi'
import {
  instantiate,
  type Kernel,
  lookupChild,
  type MountNamespace,
  populateDev,
  Tmpfs,
} from '@tsvisor/sentry-kernel'
import type { BootDevice, ContainerConfig } from './boot-config.ts'
import { BootFailure } from './failure.ts'
import { mountPoint, synthesize } from './mount-point.ts'

/** After the mounts. None of the nodes gets into a host directory. Errors: BootFailure. */
export function makeDeviceNodes(
  kernel: Kernel,
  namespace: MountNamespace,
  { mounts, devices = [] }: ContainerConfig,
): void {
  const { platform, clock } = kernel
  const synthetic = { platform, clock, dev: kernel.nextDev() }
  const ofDev = mounts.filter(({ destination }) => /^\/+dev\/*$/.test(destination))
  // What the bundle binds there is its own business, as it is to runc.
  if (ofDev.some(mount => mount.attach !== undefined)) return
  if (ofDev.length === 0) addDefaults()
  for (const device of devices) {
    try {
      add(device)
    } catch (error) {
      if (!(error instanceof Errno)) throw error
      throw new BootFailure(`linux.devices: ${device.path}: ${error.message.toLowerCase()}`)
    }
  }

  function addDefaults(): void {
    const defaults = new Tmpfs({ ...synthetic, mode: 0o755 })
    populateDev(defaults)
    const { dentry } = mountPoint({ namespace, synthetic }, '/dev', 'directory')
    for (const { name } of defaults.root.list()) {
      const child = lookupChild(dentry, name)
      if (child.inode === undefined) synthesize(dentry, child, defaults.root.lookup(name)!)
    }
  }

  function add({ path, mode, major, minor, uid, gid }: BootDevice): void {
    const slash = path.replace(/\/+$/, '').lastIndexOf('/')
    const name = path.slice(slash + 1).replace(/\/+$/, '')
    if (name === '' || name === '.' || name === '..')
      throw new BootFailure(`linux.devices: ${path}: not the name of a file`)
    const { dentry } = mountPoint({ namespace, synthetic }, path.slice(0, slash + 1), 'directory')
    let child = lookupChild(dentry, name)
    const directory = dentry.inode!
    const isOurs = directory.fs instanceof Tmpfs
    if (child.inode !== undefined) {
      // A node of the root file system stays; one of the defaults gives way.
      if (!isOurs) return
      directory.unlink(name, child.inode)
      child.forget()
      child = lookupChild(dentry, name)
    }
    const parent = isOurs ? directory : new Tmpfs(synthetic).root
    const node = parent.mknod(name, mode, makedev(major, minor), { uid, gid })
    if (isOurs) instantiate(dentry, child, node)
    else synthesize(dentry, child, node)
  }
}
