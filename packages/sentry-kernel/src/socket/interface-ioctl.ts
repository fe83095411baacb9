// ioctls about network interfaces: there is only lo. (socket)
// Linux net/core/dev_ioctl.c; netdevice(7).

import {
  type Addr,
  ARPHRD_LOOPBACK,
  CAP_NET_ADMIN,
  EADDRNOTAVAIL,
  ENODEV,
  ENOTTY,
  EPERM,
  SIOCGIFADDR,
  SIOCGIFCONF,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFNAME,
  SIOCGIFNETMASK,
  SIOCGIFTXQLEN,
  SIOCSIFFLAGS,
} from '@tsvisor/abi'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { LO_INDEX, LO_MTU, LO_NAME, type Loopback } from './loopback.ts'
import type { NetNamespace } from './net-namespace.ts'

/** sizeof(struct ifreq), of which 16 bytes are the name. */
const IFREQ = 40
const NAME = 16

/** Errors: ENODEV, ENOTTY, EADDRNOTAVAIL, EPERM for changes. */
export function interfaceIoctl(
  { loopback, userNamespace }: NetNamespace,
  task: Task,
  request: number,
  arg: number,
): number {
  const addr = arg as Addr
  if (request === SIOCGIFCONF) return listAddresses(task, addr, loopback)
  const known = ANSWERS.get(request)
  if (known === undefined && request !== SIOCGIFNAME && request !== SIOCSIFFLAGS) throw ENOTTY
  if (request === SIOCSIFFLAGS && !hasCapabilityIn(task.creds, userNamespace, CAP_NET_ADMIN))
    throw EPERM
  const data = task.mm.readBytes(addr, IFREQ)
  const view = new DataView(data.buffer)
  if (request === SIOCGIFNAME) {
    if (view.getInt32(NAME, true) !== LO_INDEX) throw ENODEV
    data.fill(0, 0, NAME)
    putName(data)
  } else {
    const end = data.indexOf(0)
    if (String.fromCharCode(...data.subarray(0, end < 0 ? NAME : end)) !== LO_NAME) throw ENODEV
    if (request === SIOCSIFFLAGS) {
      loopback.flags = view.getUint16(NAME, true)
      return 0
    }
    data.fill(0, NAME)
    known!(view, loopback)
  }
  task.mm.write(addr, data)
  return 0
}

const putName = (data: Uint8Array): void => {
  for (let i = 0; i < LO_NAME.length; i++) data[i] = LO_NAME.charCodeAt(i)
}
type Answer = (view: DataView, loopback: Loopback) => void
const address =
  (host: number): Answer =>
  (view, loopback) => {
    if (!loopback.hasAddress(4)) throw EADDRNOTAVAIL
    view.setUint16(NAME, 2, true)
    view.setUint32(NAME + 4, host)
  }
const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [SIOCGIFINDEX, view => view.setInt32(NAME, LO_INDEX, true)],
  [SIOCGIFFLAGS, (view, { flags }) => view.setUint16(NAME, flags & 0xffff, true)],
  [SIOCGIFMTU, view => view.setInt32(NAME, LO_MTU, true)],
  [SIOCGIFTXQLEN, view => view.setInt32(NAME, 1000, true)],
  [SIOCGIFADDR, address(0x7f000001)],
  [SIOCGIFNETMASK, address(0xff000000)],
  [SIOCGIFHWADDR, view => view.setUint16(NAME, ARPHRD_LOOPBACK, true)],
])

/** SIOCGIFCONF: struct ifconf { int ifc_len; union { buffer } }. A NULL buffer asks for the size. */
function listAddresses(task: Task, addr: Addr, loopback: Loopback): number {
  const room = task.mm.readI32(addr)
  const buffer = task.mm.readU64((addr + 8) as Addr) as Addr
  const fits = loopback.hasAddress(4) && (buffer === 0 || room >= IFREQ)
  if (buffer !== 0 && fits) {
    const data = new Uint8Array(IFREQ)
    putName(data)
    address(0x7f000001)(new DataView(data.buffer), loopback)
    task.mm.write(buffer, data)
  }
  task.mm.writeU32(addr, fits ? IFREQ : 0)
  return 0
}
