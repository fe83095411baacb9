// Shared pages as plain byte arrays. (testing)

import type { Addr } from '@tsvisor/abi'
import { type AddressSpace, type MemoryFile, PAGE_SIZE } from '../platform/platform.ts'

const ZEROS = new Uint8Array(PAGE_SIZE)

export class ByteFile implements MemoryFile {
  readonly label: string
  size = 0
  readonly #pages = new Map<number, Uint8Array>()

  constructor(label: string) {
    this.label = label
  }
  resize(size: number): void {
    if (size < this.size) this.punch(size, this.size - size)
    this.size = size
  }
  read(target: Uint8Array, offset: number): number {
    const total = Math.max(0, Math.min(target.length, this.size - offset))
    this.#each(offset, total, (page, from, done, length) => {
      target.set((this.#pages.get(page) ?? ZEROS).subarray(from, from + length), done)
    })
    return total
  }
  write(source: Uint8Array, offset: number): void {
    if (offset + source.length > this.size)
      throw new RangeError(`${this.label}: write past the end`)
    this.#each(offset, source.length, (page, from, done, length) => {
      let data = this.#pages.get(page)
      if (!data) this.#pages.set(page, (data = new Uint8Array(PAGE_SIZE)))
      data.set(source.subarray(done, done + length), from)
    })
  }
  punch(offset: number, length: number): void {
    this.#each(offset, length, (page, from, _done, n) => {
      if (n === PAGE_SIZE) this.#pages.delete(page)
      else this.#pages.get(page)?.fill(0, from, from + n)
    })
  }
  allocated(): number {
    return this.#pages.size * PAGE_SIZE
  }
  copyTo(space: AddressSpace, addr: Addr, offset: number, length: number): number {
    const data = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)))
    this.read(data, offset)
    return space.write(addr, data)
  }
  copyFrom(space: AddressSpace, addr: Addr, offset: number, length: number): number {
    const data = new Uint8Array(length)
    const got = space.read(addr, data)
    this.write(data.subarray(0, got), offset)
    return got
  }
  release(): void {}

  #each(
    offset: number,
    length: number,
    visit: (page: number, from: number, done: number, length: number) => void,
  ): void {
    for (let done = 0; done < length; ) {
      const at = offset + done
      const from = at % PAGE_SIZE
      const n = Math.min(PAGE_SIZE - from, length - done)
      visit((at - from) / PAGE_SIZE, from, done, n)
      done += n
    }
  }
}
