// ptrace(2) and process_vm_readv/writev(2), allocation free. (host)
// All of them must be called on the main thread: ptrace belongs to the thread that attached.

import { allocate } from './memory.ts'
import { at, functionAt, type HostAddress, loadCode, sys4, sys6 } from './native.ts'
import { NR } from './nr.ts'
import { goCode, setCode, waitCode } from './ptrace-code.ts'
import { waitResult, waitResultAddress } from './wait.ts'

/** Requests of ptrace(2). */
export const PTRACE = {
  PEEKUSER: 3,
  POKEUSER: 6,
  CONT: 7,
  KILL: 8,
  GETREGS: 12,
  SETREGS: 13,
  SYSEMU: 31,
  SYSEMU_SINGLESTEP: 32,
  SETOPTIONS: 0x4200,
  GETEVENTMSG: 0x4201,
  GETSIGINFO: 0x4202,
  GETREGSET: 0x4204,
  SETREGSET: 0x4205,
  SEIZE: 0x4206,
  INTERRUPT: 0x4207,
  LISTEN: 0x4208,
  GET_SYSCALL_INFO: 0x420e,
  GET_RSEQ_CONFIGURATION: 0x420f,
} as const

export const PTRACE_O_TRACESYSGOOD = 0x1
export const PTRACE_O_EXITKILL = 0x100000

/** ptrace(2) with raw arguments; -errno on failure, nothing thrown. */
export const ptrace = (request: number, pid: number, addr: number, data: number): number =>
  sys4(NR.ptrace, request, pid, addr, data)

type Four = (a: number, b: number, c: number, d: number) => number
const FOUR = 'int64 NAME(int64 a, int64 b, int64 c, int64 d)'
const go: Four = functionAt(loadCode(goCode()), FOUR)
const set: (request: number, tid: number, registers: HostAddress) => number = functionAt(
  loadCode(setCode()),
  'int64 NAME(int64 a, int64 b, int64 c)',
)
const wait: Four = functionAt(loadCode(waitCode()), FOUR)

/** POKEUSER of the word at `offset`, then `request`, which sets the thread going; -errno of the latter. */
export const pokeAndGo = (request: number, tid: number, offset: number, value: number): number =>
  go(request, tid, offset, value)

/** SETREGS from `registers`, then `request`; -errno of the first that failed, the second not made then. */
export const setAndGo = (request: number, tid: number, registers: HostAddress): number =>
  set(request, tid, registers)

/**
 * wait4(2) of any child. If it is `tid` that stopped at a system call, its registers are fetched to
 * `registers` as well: see `waitFetched`.
 */
export const waitFetching = (options: number, tid: number, registers: HostAddress): number =>
  wait(options, waitResultAddress, tid, registers)

/** Whether the last `waitFetching` fetched the registers. */
export const waitFetched = (): boolean => waitResult[1] === 1

const room = allocate(4096)
const words = new Uint32Array(room.bytes.buffer)
/** Where the two vectors of a transfer are, in words. */
const LOCAL = 0
const REMOTE = 4
const LOCAL_VECTOR = at(room.address, LOCAL * 4)
const REMOTE_VECTOR = at(room.address, REMOTE * 4)

const TWO_32 = 0x1_0000_0000
const putWide = (word: number, value: number): void => {
  words[word] = value
  words[word + 1] = value / TWO_32
}

const transfer = (
  nr: number,
  pid: number,
  remote: number,
  local: HostAddress,
  length: number,
): number => {
  putWide(LOCAL, local)
  putWide(LOCAL + 2, length)
  putWide(REMOTE, remote)
  putWide(REMOTE + 2, length)
  return sys6(nr, pid, LOCAL_VECTOR, 1, REMOTE_VECTOR, 1, 0)
}

/** Copies from another process to an address here; bytes copied (short at a fault) or -errno. */
export const processRead = (
  pid: number,
  remote: number,
  local: HostAddress,
  length: number,
): number => transfer(NR.process_vm_readv, pid, remote, local, length)

/** Copies to another process, honouring its page protection; bytes copied or -errno. */
export const processWrite = (
  pid: number,
  remote: number,
  local: HostAddress,
  length: number,
): number => transfer(NR.process_vm_writev, pid, remote, local, length)
