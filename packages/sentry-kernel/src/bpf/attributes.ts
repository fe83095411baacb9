// union bpf_attr as a caller passes it. (bpf)
// Linux kernel/bpf/syscall.c: bpf_check_uarg_tail_zero, CHECK_ATTR.

import { type Addr, BPF_ATTR_SIZE, E2BIG, EINVAL, type Field, type Struct } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'

const PAGE_SIZE = 4096

export class Attributes {
  readonly #task: Task
  readonly #address: Addr
  readonly #size: number
  readonly #data: Uint8Array

  /** Errors: E2BIG for more than is known that is not zero, EFAULT. */
  constructor(task: Task, address: Addr, size: number) {
    if (size > PAGE_SIZE) throw E2BIG
    const data = new Uint8Array(Math.max(size, BPF_ATTR_SIZE))
    task.mm.read(address, data.subarray(0, size))
    if (data.subarray(BPF_ATTR_SIZE).some(byte => byte !== 0)) throw E2BIG
    this.#task = task
    this.#address = address
    this.#size = size
    this.#data = data
  }

  /** Those of a command. Errors: EINVAL when anything behind them is not zero. */
  decode<T>(struct: Struct<T>, end = struct.size): T {
    if (this.#data.subarray(end).some(byte => byte !== 0)) throw EINVAL
    return struct.decode(this.#data)
  }

  /** Writes one back. Errors: EFAULT. */
  answer(field: Field<number>, value: number): void {
    if (field.offset + field.codec.size > this.#size) return
    const data = new Uint8Array(field.codec.size)
    field.codec.write(new DataView(data.buffer), 0, value)
    this.#task.mm.write((this.#address + field.offset) as Addr, data)
  }
}
