// Declaring a system call: number, argument names and kinds. (abi, pure)
// Decoding, strace text and the compatibility table derive from the declaration.

import type { AnyCodec, AnyStruct } from './struct.ts'

/** A guest virtual address. Never a host pointer. User space is 47 bits, a double holds 53. */
export type Addr = number & { readonly __guest: 'Addr' }
export const addr = (value: number): Addr => value as Addr

/** How one 64-bit register becomes a JavaScript value: from its unsigned low and high halves. */
export interface ArgKind<T = number> {
  readonly kind: string
  decode(low: number, high: number): T
  /** How strace prints it, where the value alone says enough; else by `kind` in the kernel. */
  readonly flags?: FlagSet
  readonly struct?: AnyStruct
  /** For pointers to values and arrays that are no struct: how one item lies in memory. */
  readonly item?: AnyCodec
  /** When a pointed-to value is meaningful: before the call, after it, or both. */
  readonly direction?: 'in' | 'out' | 'inout'
  /** For buffers and vectors: the name of the argument that holds the length. */
  readonly length?: string
}

/** Names of values or bits, for printing (see formatFlags): made when they are printed. */
export interface FlagSet {
  readonly type: 'bits' | 'enum'
  readonly names: () => Readonly<Record<string, number>>
  /** Bits that form one field: names inside it are alternatives (O_ACCMODE, MAP_TYPE). */
  readonly mask?: number
}

const TWO_32 = 0x1_0000_0000
const low32 = (low: number): number => low | 0
const unsigned32 = (low: number): number => low >>> 0
const unsigned64 = (low: number, high: number): number => high * TWO_32 + low
const signed64 = (low: number, high: number): number => (high | 0) * TWO_32 + low

const kind = <T>(name: string, decode: (low: number, high: number) => T): ArgKind<T> => ({
  kind: name,
  decode,
})

/** A C int. */
export const int = kind('int', low32)
export const uint = kind('uint', unsigned32)
/** A signed long. Exact within ±2^53. */
export const long = kind('long', signed64)
/** An unsigned long or size_t. Exact up to 2^53, the nearest double above. */
export const ulong = kind('ulong', unsigned64)
export const size = kind('size', unsigned64)
/** A file offset (loff_t). */
export const offset = kind('offset', signed64)
/** 64 bits, exact. */
export const u64exact: ArgKind<bigint> = kind(
  'u64',
  (low, high) => (BigInt(high) << 32n) | BigInt(low),
)
/** A file descriptor. */
export const fd = kind('fd', low32)
/** A directory descriptor or AT_FDCWD. */
export const dirfd = kind('dirfd', low32)
export const pid = kind('pid', low32)
export const signo = kind('signo', low32)
export const uid = kind('uid', unsigned32)
export const gid = kind('gid', unsigned32)
/** A device number (dev_t as makedev packs it in 32 bits). */
export const dev = kind('dev', unsigned32)
/** A mode_t. */
export const mode = kind('mode', (low: number) => low & 0xffff)
/** A plain address, not dereferenced for printing. */
export const pointer = kind('pointer', unsigned64 as (low: number, high: number) => Addr)
/** Pointer to a NUL-terminated path. */
export const path = kind('path', unsigned64 as (low: number, high: number) => Addr)
/** Pointer to a NUL-terminated string that is no path. */
export const string = kind('string', unsigned64 as (low: number, high: number) => Addr)
/** Pointer to a NULL-terminated vector of strings. */
export const strings = kind('strings', unsigned64 as (low: number, high: number) => Addr)

type Direction = 'in' | 'out' | 'inout'
const pointerKind = (name: string, rest: Partial<ArgKind<Addr>>): ArgKind<Addr> => ({
  ...rest,
  kind: name,
  decode: pointer.decode,
})

/** Pointer to bytes; `length` names the argument that counts them (after the call: the result). */
export const buffer = (direction: Direction, length: string): ArgKind<Addr> =>
  pointerKind('buffer', { direction, length })
/**
 * Pointer to an array of struct iovec whose bytes are read or written; `length` names the
 * argument that counts the entries.
 */
export const iovecs = (direction: Direction, length: string): ArgKind<Addr> =>
  pointerKind('iovec', { direction, length })
/** Pointer to one struct. */
export const ptr = (direction: Direction, struct: AnyStruct): ArgKind<Addr> =>
  pointerKind('struct', { direction, struct })
/** Pointer to one value that is no struct, e.g. `ptrTo('out', i32)` for a C int. */
export const ptrTo = (direction: Direction, item: AnyCodec): ArgKind<Addr> =>
  pointerKind('value', { direction, item })
/** Pointer to an array of structs or values; `length` names the argument that counts them. */
export const arrayOf = (direction: Direction, item: AnyCodec, length: string): ArgKind<Addr> =>
  pointerKind('array', { direction, item, length })
/** Pointer to a signal set (64 bits; the caller's sigsetsize must be 8). */
export const sigset = (direction: Direction): ArgKind<Addr> => pointerKind('sigset', { direction })
/** Pointer to an fd_set: bits in 64-bit words, as many as nfds needs. */
export const fdset: ArgKind<Addr> = pointerKind('fdset', { direction: 'inout' })
/**
 * Pointer to a socket address of any family. `length` names its byte count: for 'in' a number,
 * for 'out' a pointer to one.
 */
export const socketAddress = (direction: Direction, length: string): ArgKind<Addr> =>
  pointerKind('sockaddr', { direction, length })

type Names = FlagSet['names']
const named = (base: ArgKind, type: FlagSet['type'], names: Names, mask?: number): ArgKind => ({
  kind: type === 'bits' ? 'flags' : 'enum',
  decode: base.decode,
  flags: mask === undefined ? { type, names } : { type, names, mask },
})

/** An unsigned int whose bits have names; names inside `mask` are alternatives (O_ACCMODE). */
export const flags = (names: Names, mask?: number): ArgKind => named(uint, 'bits', names, mask)
/** As `flags`, an unsigned long. */
export const flags64 = (names: Names, mask?: number): ArgKind => named(ulong, 'bits', names, mask)
/** An int that is one of some names. */
export const oneOf = (names: Names): ArgKind => named(int, 'enum', names)
/** An unsigned int that is one of some names. */
export const oneOfUint = (names: Names): ArgKind => named(uint, 'enum', names)
/** A long that is one of some names. */
export const oneOfLong = (names: Names): ArgKind => named(long, 'enum', names)

// biome-ignore lint/suspicious/noExplicitAny: kinds of every type
export type ArgKinds = Readonly<Record<string, ArgKind<any>>>

/** A declared system call. */
export interface SyscallDecl<A extends ArgKinds = ArgKinds> {
  /** The amd64 number. */
  readonly nr: number
  readonly args: A
  /** How the result prints: a number unless it is an address. */
  readonly result: 'int' | 'pointer' | 'none'
}

/** The decoded arguments of a declaration, by name. */
export type ArgsOf<D> =
  D extends SyscallDecl<infer A>
    ? { readonly [K in keyof A]: A[K] extends ArgKind<infer T> ? T : never }
    : never

/** A program makes some fifty of the calls: the arguments of the others are not looked at. */
class Declared<A extends ArgKinds> implements SyscallDecl<A> {
  readonly nr: number
  readonly result: SyscallDecl['result']
  readonly #declare: () => A
  #args: A | undefined

  constructor(nr: number, declare: () => A, result: SyscallDecl['result']) {
    this.nr = nr
    this.result = result
    this.#declare = declare
  }

  get args(): A {
    this.#args ??= this.#declare()
    return this.#args
  }
}

/** Declares a system call. Argument order is register order: rdi rsi rdx r10 r8 r9. */
export const sys = <const A extends ArgKinds>(
  nr: number,
  args: () => A,
  result: SyscallDecl['result'] = 'int',
): SyscallDecl<A> => new Declared(nr, args, result)
