// What the verifier says of a program, and where the caller wants to have it. (bpf)
// Linux kernel/bpf/log.c.

import { type Addr, EINVAL, ENOSPC, type Errno } from '@tsvisor/abi'
import { bytesOf, type UserMemory } from '../mm/user-memory.ts'

const BPF_LOG_FIXED = 8
const BPF_LOG_MASK = 15

export interface LogBuffer {
  /** BPF_LOG_*; 0 for none. */
  readonly level: number
  readonly address: Addr
  readonly size: number
}

export class VerifierLog {
  readonly #buffer: LogBuffer
  #text = ''

  /** Errors: EINVAL. */
  constructor(buffer: LogBuffer) {
    const { level, address, size } = buffer
    if ((address === 0) !== (size === 0) || (address !== 0 && level === 0)) throw EINVAL
    if (level & ~BPF_LOG_MASK || size > 0x3fff_ffff) throw EINVAL
    this.#buffer = buffer
  }

  say(line: string): void {
    if (this.#buffer.level !== 0) this.#text += `${line}\n`
  }

  /** Says why the program is refused. */
  refuse(errno: Errno, line: string): never {
    this.say(line)
    throw errno
  }

  /** Bytes that the whole of it needs, with its NUL. */
  get trueSize(): number {
    return this.#buffer.level === 0 ? 0 : this.#text.length + 1
  }

  /** Hands it over: where it does not fit its end, with BPF_LOG_FIXED its start. Errors: ENOSPC then, EFAULT. */
  finish(memory: UserMemory): void {
    const { level, address, size } = this.#buffer
    if (address === 0) return
    const room = size - 1
    const text = this.#text
    const fits = text.length <= room
    const shown = fits || level & BPF_LOG_FIXED ? text.slice(0, room) : text.slice(-room)
    memory.write(address, bytesOf(`${room === 0 ? '' : shown}\0`))
    if (!fits) throw ENOSPC
  }
}
