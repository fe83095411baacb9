// The one door to native code: anonymous pages, machine code in them, raw system calls. (host)

import koffi from 'koffi'

/** An address in this process. Never a guest address. */
export type HostAddress = number & { readonly __host: 'Address' }

/** `base` plus `offset` bytes. */
export const at = (base: HostAddress, offset: number): HostAddress => (base + offset) as HostAddress

export const PROT_READ = 1
export const PROT_WRITE = 2
export const PROT_EXEC = 4
const MAP_PRIVATE_ANONYMOUS = 0x22

if (process.arch !== 'x64' || process.platform !== 'linux') {
  throw new Error(
    `@tsvisor/host needs Linux on x86-64, this is ${process.platform} on ${process.arch}`,
  )
}

const libc = koffi.load(null)
const libcMmap = libc.func(
  'int64 mmap(int64 addr, int64 length, int prot, int flags, int fd, int64 offset)',
)
const libcMprotect = libc.func('int mprotect(int64 addr, int64 length, int prot)')

/** clock_gettime(3), which asks the vDSO: no system call for the usual clocks. 0, or -1. */
export const libcClockGetTime: (clock: number, address: HostAddress) => number = libc.func(
  'int clock_gettime(int clock, int64 address)',
)

/**
 * Puts machine code on fresh executable pages (never writable at the same time) of this process.
 * Throws a plain Error where the host forbids that.
 */
export const loadCode = (code: Uint8Array): HostAddress => {
  const length = Math.ceil(code.length / 4096) * 4096
  const base = libcMmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0) as number
  if (base === -1) throw new Error('cannot map a page for machine code')
  new Uint8Array(koffi.view(base, length)).set(code)
  if (libcMprotect(base, length, PROT_READ | PROT_EXEC) !== 0) {
    throw new Error('cannot make a page executable: the host forbids mprotect(PROT_EXEC)')
  }
  return base as HostAddress
}

let protos = 0

/**
 * The C function at `address` as a JavaScript function. `signature` is koffi's, with NAME for the
 * name, e.g. `int64 NAME(int64 a, int b)`. Declare pointers as int64: they travel as numbers.
 */
export const functionAt = (
  address: HostAddress,
  signature: string,
): ((...args: number[]) => number) =>
  // The name must be new to koffi, which another copy of this module may use as well.
  koffi.decode(
    address,
    koffi.proto(signature.replace('NAME', `at_${address.toString(16)}_${++protos}`)),
  )

/** The address of a function that this program or one of its libraries exports. Throws a plain Error. */
export const exportedFunction = (name: string): HostAddress =>
  Number(koffi.address(libc.symbol(name))) as HostAddress

/** A JavaScript function that C code may call, on this thread only: void (int64, int64). For good. */
export const callbackAddress = (callback: (a: number, b: number) => void): HostAddress => {
  const proto = koffi.proto(`void callback_${++protos}(int64 a, int64 b)`)
  return Number(koffi.register(callback, koffi.pointer(proto))) as HostAddress
}

/** The bytes at an address of this process. Valid for as long as they stay mapped. */
export const bytesAt = (address: HostAddress, length: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(koffi.view(address, length))

/** Address of an ArrayBuffer's first byte; V8 never moves these. */
export const addressOfBuffer = (buffer: ArrayBufferLike): HostAddress =>
  Number(koffi.address(buffer)) as HostAddress

// long raw(long nr, a, b, c [, d, e, f]): the C calling convention shifted into the kernel's. The
// result is -errno on failure: libc's errno would cost a second call.
const RAW = Uint8Array.of(
  ...[0x48, 0x89, 0xf8], // mov rax, rdi
  ...[0x48, 0x89, 0xf7], // mov rdi, rsi
  ...[0x48, 0x89, 0xd6], // mov rsi, rdx
  ...[0x48, 0x89, 0xca], // mov rdx, rcx
  ...[0x4d, 0x89, 0xc2], // mov r10, r8
  ...[0x4d, 0x89, 0xc8], // mov r8, r9
  ...[0x4c, 0x8b, 0x4c, 0x24, 0x08], // mov r9, [rsp+8]
  ...[0x0f, 0x05], // syscall
  0xc3, // ret
)
const raw = loadCode(RAW)

type Sys1 = (nr: number, a: number) => number
type Sys3 = (nr: number, a: number, b: number, c: number) => number
type Sys4 = (nr: number, a: number, b: number, c: number, d: number) => number
type Sys6 = (nr: number, a: number, b: number, c: number, d: number, e: number, f: number) => number

/** Raw system calls by number of arguments: the kernel's result, -errno on failure. */
export const sys1: Sys1 = functionAt(raw, 'int64 NAME(int64 nr, int64 a)')
export const sys3: Sys3 = functionAt(raw, 'int64 NAME(int64 nr, int64 a, int64 b, int64 c)')
export const sys4: Sys4 = functionAt(
  raw,
  'int64 NAME(int64 nr, int64 a, int64 b, int64 c, int64 d)',
)
export const sys6: Sys6 = functionAt(
  raw,
  'int64 NAME(int64 nr, int64 a, int64 b, int64 c, int64 d, int64 e, int64 f)',
)
