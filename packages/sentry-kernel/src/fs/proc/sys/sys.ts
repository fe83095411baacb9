// /proc/sys: the tree of system controls. (fs/proc)

import { EACCES, ENOENT } from '@tsvisor/abi'
import type { Kernel } from '../../../kernel/kernel.ts'
import { bytesOf } from '../../../mm/user-memory.ts'
import type { Task } from '../../../task/task.ts'
import type { DirectoryNode, Node } from '../../kernfs/node.ts'
import { fsControls } from './fs.ts'
import { kernelControls } from './kernel.ts'
import { netControls } from './net.ts'
import { controls, type Declarations, number } from './sysctl.ts'
import { userControls } from './user.ts'
import { vmControls } from './vm.ts'

const ALL: Declarations = {
  abi: { vsyscall32: number(1, { max: 1 }) },
  debug: { 'exception-trace': number(1, { max: 1 }) },
  dev: {},
  fs: fsControls,
  kernel: kernelControls,
  net: netControls,
  user: userControls,
  vm: vmControls,
}

/**
 * sysctl(8) from outside: sets "net.ipv4.ip_forward" or "net/ipv4/conf/eth0.1/forwarding".
 * Errors: ENOENT, EACCES (fixed here), EINVAL, EPERM.
 */
export function setSysctl(task: Task, name: string, value: string): void {
  let node: Node | undefined = sys(task.kernel)
  for (const part of name.split(name.includes('/') ? '/' : '.'))
    node = node?.kind === 'directory' ? node.lookup(part) : undefined
  if (node?.kind !== 'file') throw ENOENT
  if (node.write === undefined) throw EACCES
  node.write(task, bytesOf(value), 0)
}

export const sys = (kernel: Kernel): DirectoryNode => controls(kernel, ALL)
