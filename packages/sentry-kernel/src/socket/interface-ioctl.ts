// ioctls about network interfaces: there is only lo. (socket)
// Linux net/core/dev_ioctl.c; netdevice(7).

import {
  type Addr,
  ARPHRD_LOOPBACK,
  ENODEV,
  ENOTTY,
  EPERM,
  IFF_LOOPBACK,
  IFF_RUNNING,
  IFF_UP,
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
import type { Task } from '../task/task.ts'

/** sizeof(struct ifreq), of which 16 bytes are the name. */
const IFREQ = 40
const NAME = 16
const LO = 'lo'
export const LO_INDEX = 1
export const LO_MTU = 65536
export const LO_FLAGS = IFF_UP | IFF_LOOPBACK | IFF_RUNNING

/** Errors: ENODEV, ENOTTY, EPERM for changes. */
export function interfaceIoctl(task: Task, request: number, arg: number): number {
  const addr = arg as Addr
  if (request === SIOCGIFCONF) return listAddresses(task, addr)
  const known = ANSWERS.get(request)
  if (request === SIOCSIFFLAGS) throw EPERM
  if (known === undefined && request !== SIOCGIFNAME) throw ENOTTY
  const data = task.mm.readBytes(addr, IFREQ)
  const view = new DataView(data.buffer)
  if (request === SIOCGIFNAME) {
    if (view.getInt32(NAME, true) !== LO_INDEX) throw ENODEV
    data.fill(0, 0, NAME)
    putName(data)
  } else {
    const end = data.indexOf(0)
    if (String.fromCharCode(...data.subarray(0, end < 0 ? NAME : end)) !== LO) throw ENODEV
    data.fill(0, NAME)
    known!(view)
  }
  task.mm.write(addr, data)
  return 0
}

const putName = (data: Uint8Array): void => {
  for (let i = 0; i < LO.length; i++) data[i] = LO.charCodeAt(i)
}
const address = (host: number) => (view: DataView) => {
  view.setUint16(NAME, 2, true)
  view.setUint32(NAME + 4, host)
}
const ANSWERS: ReadonlyMap<number, (view: DataView) => void> = new Map([
  [SIOCGIFINDEX, (view: DataView) => view.setInt32(NAME, LO_INDEX, true)],
  [SIOCGIFFLAGS, (view: DataView) => view.setUint16(NAME, LO_FLAGS, true)],
  [SIOCGIFMTU, (view: DataView) => view.setInt32(NAME, LO_MTU, true)],
  [SIOCGIFTXQLEN, (view: DataView) => view.setInt32(NAME, 1000, true)],
  [SIOCGIFADDR, address(0x7f000001)],
  [SIOCGIFNETMASK, address(0xff000000)],
  [SIOCGIFHWADDR, (view: DataView) => view.setUint16(NAME, ARPHRD_LOOPBACK, true)],
])

/** SIOCGIFCONF: struct ifconf { int ifc_len; union { buffer } }. A NULL buffer asks for the size. */
function listAddresses(task: Task, addr: Addr): number {
  const room = task.mm.readI32(addr)
  const buffer = task.mm.readU64((addr + 8) as Addr) as Addr
  const fits = buffer === 0 || room >= IFREQ
  if (buffer !== 0 && fits) {
    const data = new Uint8Array(IFREQ)
    putName(data)
    address(0x7f000001)(new DataView(data.buffer))
    task.mm.write(buffer, data)
  }
  task.mm.writeU32(addr, fits ? IFREQ : 0)
  return 0
}
