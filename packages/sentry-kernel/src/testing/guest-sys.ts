// The guest's side of a system call: JavaScript values to registers and memory, and back. (testing)

import {
  type Addr,
  type ArgKind,
  CLONE_FILES,
  CLONE_FS,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VM,
  type Codec,
  SA_RESTORER,
  SIG_DFL,
  SIG_IGN,
  type Struct,
  type SyscallDecl,
  type SyscallName,
  syscalls,
} from '@tsvisor/abi'
import { bytesOf } from '../mm/user-memory.ts'
import type { Guest, GuestArg, GuestFunction, HandlerOptions, Sys } from './guest.ts'
import { GuestMemory } from './guest-memory.ts'
import type { GuestThread } from './guest-thread.ts'
import { SLOT_SIZE } from './layout.ts'

/** Calls whose last argument may be the child's code. */
const MAKES_CHILD = new Set<SyscallName>(['fork', 'vfork', 'clone', 'clone3'])
const THREAD_FLAGS =
  CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM

/** Returns from a signal handler. */
export const restorer: GuestFunction = function* (sys) {
  yield* sys.rt_sigreturn()
}

type After = () => void

/** Encodes calls for one thread. Buffers of calls live in the lower half of the thread's slot. */
export class GuestSys {
  readonly api: Sys
  readonly #thread: GuestThread
  readonly #memory: GuestMemory
  #top: number
  #heap: number

  constructor(thread: GuestThread, like: GuestSys | undefined) {
    this.#thread = thread
    this.#memory = new GuestMemory(thread.space)
    this.#top = like ? like.#top : thread.slot
    this.#heap = like ? like.#heap : thread.slot + SLOT_SIZE / 4
    this.api = this.#build()
  }

  #build(): Sys {
    const api: Record<string, unknown> = {
      memory: this.#memory,
      alloc: (bytes: number) => this.#alloc(bytes),
      compute: compute,
      touch: touch,
      handle: (
        signo: number,
        handler: GuestFunction | 'default' | 'ignore',
        options?: HandlerOptions,
      ) => this.#handle(signo, handler, options),
      thread: (code: GuestFunction, flags = 0) => this.#startThread(code, flags),
      address: (code: GuestFunction) => this.#thread.space.platform.codeAddress(code),
    }
    for (const [name, decl] of Object.entries(syscalls as Record<string, SyscallDecl>))
      api[name] = (...args: GuestArg[]) => this.#call(name as SyscallName, decl, args)
    return api as unknown as Sys
  }

  *#call(name: SyscallName, decl: SyscallDecl, args: GuestArg[]): Guest {
    const values = args.slice()
    if (MAKES_CHILD.has(name) && typeof values[values.length - 1] === 'function')
      this.#thread.nextChild = { code: values.pop() as GuestFunction, role: 'program' }
    const mark = this.#top
    const after: After[] = []
    const kinds = Object.values(decl.args)
    const words = values.map((value, i) => this.#encode(kinds[i], value, after))
    const result = yield { kind: 'syscall', nr: decl.nr, args: words }
    for (const copyBack of after) copyBack()
    this.#top = mark
    return result
  }

  #encode(kind: ArgKind<unknown> | undefined, value: GuestArg, after: After[]): bigint {
    if (value === null || value === undefined) return 0n
    if (typeof value === 'bigint') return value
    if (typeof value === 'number') return BigInt(value)
    if (typeof value === 'function')
      return BigInt(this.#thread.space.platform.codeAddress(value as GuestFunction))
    if (typeof value === 'string') return BigInt(this.#push(bytesOf(`${value}\0`)))
    if (value instanceof Uint8Array) {
      const at = this.#push(value)
      if (kind?.direction !== 'in') after.push(() => value.set(this.#memory.read(at, value.length)))
      return BigInt(at)
    }
    if (Array.isArray(value)) return this.#encodeList(kind, value, after)
    return this.#encodeObject(kind, value as Record<string, unknown>, after)
  }

  #encodeList(kind: ArgKind<unknown> | undefined, list: unknown[], after: After[]): bigint {
    const codec = (kind?.struct ?? kind?.item) as Codec<unknown> | undefined
    if (codec === undefined || kind?.kind === 'strings') {
      const pointers = list.map(item => this.#encode(undefined, item as GuestArg, after))
      const data = new DataView(new ArrayBuffer(8 * (list.length + 1)))
      pointers.forEach((pointer, i) => {
        data.setBigUint64(8 * i, pointer, true)
      })
      return BigInt(this.#push(new Uint8Array(data.buffer)))
    }
    const data = new Uint8Array(codec.size * list.length)
    const view = new DataView(data.buffer)
    list.forEach((item, i) => {
      codec.write(view, i * codec.size, this.#filled(codec, item))
    })
    const at = this.#push(data)
    if (kind?.direction !== 'in') {
      after.push(() => {
        const back = new DataView(this.#memory.read(at, data.length).buffer)
        for (let i = 0; i < list.length; i++) list[i] = codec.read(back, i * codec.size)
      })
    }
    return BigInt(at)
  }

  #encodeObject(
    kind: ArgKind<unknown> | undefined,
    value: Record<string, unknown>,
    after: After[],
  ): bigint {
    const struct = kind?.struct as Struct<Record<string, unknown>> | undefined
    const item = kind?.item as Codec<unknown> | undefined
    if (struct) {
      const at = this.#push(struct.encode(this.#filled(struct, value) as Record<string, unknown>))
      if (kind?.direction !== 'in')
        after.push(() => Object.assign(value, this.#memory.struct(struct, at)))
      return BigInt(at)
    }
    const codec = item ?? { size: 8, read: readWord, write: writeWord }
    const data = new Uint8Array(codec.size)
    if (value['value'] !== undefined)
      (codec as Codec<unknown>).write(new DataView(data.buffer), 0, value['value'])
    const at = this.#push(data)
    after.push(() => {
      value['value'] = codec.read(new DataView(this.#memory.read(at, codec.size).buffer), 0)
    })
    return BigInt(at)
  }

  /** Zero where fields are missing; guest functions as addresses. */
  #filled(codec: Codec<unknown>, value: unknown): unknown {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
    if (Array.isArray(value)) return value
    const zero = codec.read(new DataView(new ArrayBuffer(codec.size)), 0)
    if (typeof zero !== 'object' || zero === null) return value
    const result: Record<string, unknown> = { ...zero }
    const fields = (codec as Partial<Struct<unknown>>).fields as
      | Record<string, { codec: Codec<unknown> }>
      | undefined
    for (const [key, given] of Object.entries(value)) {
      const inner = fields?.[key]?.codec
      if (typeof given === 'function')
        result[key] = this.#thread.space.platform.codeAddress(given as GuestFunction)
      else if (inner) result[key] = this.#filled(inner, given)
    }
    return result
  }

  #push(data: Uint8Array): Addr {
    const at = this.#top
    if (at + data.length > this.#thread.slot + SLOT_SIZE / 4)
      throw new RangeError('arguments of one call are too large: use sys.alloc')
    this.#memory.write(at, data)
    this.#top = Math.ceil((at + data.length) / 16) * 16
    return at as Addr
  }
  #alloc(bytes: number): Addr {
    const at = this.#heap
    if (at + bytes > this.#thread.slot + SLOT_SIZE / 2)
      throw new RangeError('no runtime memory left: use mmap')
    this.#heap = Math.ceil((at + bytes) / 16) * 16
    return at as Addr
  }

  *#handle(
    signo: number,
    handler: GuestFunction | 'default' | 'ignore',
    options: HandlerOptions = {},
  ): Guest {
    const { platform } = this.#thread.space
    let mask = 0n
    for (const blocked of options.mask ?? []) mask |= 1n << BigInt(blocked - 1)
    const action = {
      sa_handler:
        handler === 'default'
          ? SIG_DFL
          : handler === 'ignore'
            ? SIG_IGN
            : platform.codeAddress(handler),
      sa_flags: (options.flags ?? 0) + SA_RESTORER,
      sa_restorer: platform.codeAddress(restorer),
      sa_mask: mask,
    }
    return yield* this.api.rt_sigaction(signo, action, null, 8)
  }

  *#startThread(code: GuestFunction, extraFlags: number): Guest {
    const slot = this.#thread.space.allocateSlot()
    this.#thread.nextChild = { code, slot, role: 'thread' }
    return yield* this.api.clone(THREAD_FLAGS | extraFlags, slot + SLOT_SIZE - 256, 0, 0, 0)
  }
}

function* compute(ns: number): Guest<void> {
  yield { kind: 'compute', ns }
}
function* touch(addr: number, access: 'read' | 'write'): Guest<void> {
  yield { kind: 'access', addr, access }
}
const readWord = (view: DataView, at: number): bigint => view.getBigUint64(at, true)
const writeWord = (view: DataView, at: number, value: unknown): void =>
  view.setBigUint64(at, BigInt(value as number), true)
