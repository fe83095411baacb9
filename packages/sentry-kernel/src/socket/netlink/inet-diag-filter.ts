// The programs that pick sockets by address and port. (socket/netlink)
// Linux net/ipv4/inet_diag.c: inet_diag_bc_audit, inet_diag_bc_run.

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  EINVAL,
  EPERM,
  INET_DIAG_BC_AUTO,
  INET_DIAG_BC_D_COND,
  INET_DIAG_BC_D_EQ,
  INET_DIAG_BC_D_GE,
  INET_DIAG_BC_D_LE,
  INET_DIAG_BC_DEV_COND,
  INET_DIAG_BC_JMP,
  INET_DIAG_BC_MARK_COND,
  INET_DIAG_BC_NOP,
  INET_DIAG_BC_S_COND,
  INET_DIAG_BC_S_EQ,
  INET_DIAG_BC_S_GE,
  INET_DIAG_BC_S_LE,
  inet_diag_bc_op,
  inet_diag_hostcond,
} from '@tsvisor/abi'

/** What a filter looks at. */
export interface FilterSubject {
  readonly family: number
  readonly source: FilterPeer
  readonly destination: FilterPeer
  readonly mark: number
  /** bind(2) has not named the port. */
  readonly isPortChosen: boolean
}
export interface FilterPeer {
  /** In network byte order, 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly port: number
}

export type Filter = (subject: FilterSubject) => boolean

const OP = inet_diag_bc_op.size

interface Operation {
  /** Bytes after its head that it is about. */
  readonly operand: (view: DataView, at: number) => number
  readonly holds: (subject: FilterSubject, view: DataView, at: number) => boolean
}

const plain = (holds: (subject: FilterSubject) => boolean): Operation => ({
  operand: () => 0,
  holds,
})
/** Compares a port with that in the next operation's `no`. */
const port = (holds: (subject: FilterSubject, port: number) => boolean): Operation => ({
  operand: () => OP,
  holds: (subject, view, at) => holds(subject, inet_diag_bc_op.fields.no.read(view, at)),
})
const host = (peerOf: (subject: FilterSubject) => FilterPeer): Operation => ({
  operand: hostSize,
  holds: (subject, view, at) => isHost(subject, peerOf(subject), view, at),
})

const ADDRESS_SIZES: Readonly<Record<number, number>> = {
  [AF_UNSPEC]: 0,
  [AF_INET]: 4,
  [AF_INET6]: 16,
}

/** Errors: EINVAL. */
function hostSize(view: DataView, at: number): number {
  if (at + inet_diag_hostcond.size > view.byteLength) throw EINVAL
  const { family, prefix_len } = inet_diag_hostcond.read(view, at)
  const size = ADDRESS_SIZES[family]
  if (size === undefined || prefix_len > 8 * size) throw EINVAL
  return inet_diag_hostcond.size + size
}

function isHost(
  { family }: FilterSubject,
  { address, port }: FilterPeer,
  view: DataView,
  at: number,
): boolean {
  const wanted = inet_diag_hostcond.read(view, at)
  if (wanted.port !== -1 && wanted.port !== port) return false
  const first = view.byteOffset + at + inet_diag_hostcond.size
  const prefix = new Uint8Array(view.buffer, first, ADDRESS_SIZES[wanted.family]!)
  if (wanted.family === AF_UNSPEC || wanted.family === family)
    return matches(address, prefix, wanted.prefix_len)
  const isMapped = family === AF_INET6 && wanted.family === AF_INET && matches(address, MAPPED, 96)
  return isMapped && matches(address.subarray(12), prefix, wanted.prefix_len)
}
const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

function matches(address: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (address[i] !== prefix[i]) return false
  const rest = 0xff00 >> (bits & 7)
  return (bits & 7) === 0 || ((address[whole]! ^ prefix[whole]!) & rest & 0xff) === 0
}

const OPERATIONS: Readonly<Record<number, Operation>> = {
  [INET_DIAG_BC_NOP]: plain(() => true),
  [INET_DIAG_BC_JMP]: plain(() => false),
  [INET_DIAG_BC_S_GE]: port(({ source }, port) => source.port >= port),
  [INET_DIAG_BC_S_LE]: port(({ source }, port) => source.port <= port),
  [INET_DIAG_BC_S_EQ]: port(({ source }, port) => source.port === port),
  [INET_DIAG_BC_D_GE]: port(({ destination }, port) => destination.port >= port),
  [INET_DIAG_BC_D_LE]: port(({ destination }, port) => destination.port <= port),
  [INET_DIAG_BC_D_EQ]: port(({ destination }, port) => destination.port === port),
  [INET_DIAG_BC_AUTO]: plain(({ isPortChosen }) => isPortChosen),
  [INET_DIAG_BC_S_COND]: host(({ source }) => source),
  [INET_DIAG_BC_D_COND]: host(({ destination }) => destination),
  [INET_DIAG_BC_DEV_COND]: {
    operand: () => 4,
    // No socket is bound to an interface.
    holds: (_, view, at) => view.getUint32(at, true) === 0,
  },
  [INET_DIAG_BC_MARK_COND]: {
    operand: () => 8,
    holds: ({ mark }, view, at) =>
      (mark & view.getUint32(at + 4, true)) >>> 0 === view.getUint32(at, true),
  },
}

/**
 * A filter from its program, checked once. `isAdmin`: whether it may ask for marks.
 * Errors: EINVAL, EPERM.
 */
export function filterOf(program: Uint8Array, isAdmin: boolean): Filter {
  const code = program.slice()
  const view = new DataView(code.buffer)
  if (code.length < OP) throw EINVAL
  for (let at = 0; at < code.length; ) at = check(view, at, isAdmin)
  return subject => run(view, subject)
}

/** Checks one operation; returns where the one after it is. */
function check(view: DataView, at: number, isAdmin: boolean): number {
  const left = view.byteLength - at
  if (left < OP) throw EINVAL
  const { code, yes, no } = inet_diag_bc_op.read(view, at)
  const operation = OPERATIONS[code]
  if (operation === undefined) throw EINVAL
  if (code === INET_DIAG_BC_MARK_COND && !isAdmin) throw EPERM
  const least = OP + operation.operand(view, at + OP)
  if (left < least) throw EINVAL
  if (code !== INET_DIAG_BC_NOP) {
    checkJump(no, least, left)
    if (no < left && !isOperation(view, at + no)) throw EINVAL
  }
  checkJump(yes, least, left)
  return at + yes
}

/** One beyond the end says no. */
function checkJump(by: number, least: number, left: number): void {
  if (by < least || by > left + OP || by % 4 !== 0) throw EINVAL
}

/** Whether an operation begins there, on the way from the first to the last. */
function isOperation(view: DataView, wanted: number): boolean {
  for (let at = 0; at <= wanted; ) {
    if (at === wanted) return true
    const yes = inet_diag_bc_op.fields.yes.read(view, at)
    if (yes < OP || yes % 4 !== 0) return false
    at += yes
  }
  return false
}

function run(view: DataView, subject: FilterSubject): boolean {
  let at = 0
  while (at < view.byteLength) {
    const { code, yes, no } = inet_diag_bc_op.read(view, at)
    at += OPERATIONS[code]!.holds(subject, view, at + OP) ? yes : no
  }
  return at === view.byteLength
}
