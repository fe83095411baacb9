// Network namespaces: a loopback, ports and names that one group of tasks sees. (socket)
// Linux net/core/net_namespace.c; network_namespaces(7).

import { IFF_UP } from '@tsvisor/abi'
import type { Values } from '../fs/proc/sys/sysctl.ts'
import { kernelLocal } from '../kernel/kernel-local.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import { IdentifierTable } from './inet/ping-socket.ts'
import { PortTable } from './inet/ports.ts'
import { Loopback } from './loopback.ts'
import type { Socket } from './socket.ts'
import type { UnixSocket } from './unix/unix-socket.ts'

/** Linux's struct net. A socket stays in the one that it was made in. */
export class NetNamespace {
  readonly userNamespace: UserNamespace
  readonly loopback = new Loopback()
  /** What programs have set in /proc/sys/net, by path below /proc/sys. */
  readonly controls: Values = new Map()
  readonly tcp = new PortTable(this)
  readonly udp = new PortTable(this)
  readonly pings = new IdentifierTable(this)
  /** Unix sockets by abstract name and type: abstractKey. */
  readonly abstractNames = new Map<string, UnixSocket>()
  /** The number in the next name that the kernel gives. */
  nextAutobind = 0
  /** All that were made here and are open, oldest first. */
  readonly sockets = new Set<Socket>()
  readonly netlinkPorts = new Set<number>()

  constructor(userNamespace = UserNamespace.FIRST) {
    this.userNamespace = userNamespace
  }

  /** A control of several numbers, or what it starts with. */
  control(path: string, initial: readonly number[]): readonly number[] {
    return this.controls.get(path) ?? initial
  }
}

/** That of a kernel's first process: somebody has brought its loopback up. */
export const initialNet = kernelLocal(() => {
  const net = new NetNamespace()
  net.loopback.flags = IFF_UP
  return net
})
