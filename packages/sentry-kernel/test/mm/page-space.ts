// An address space made of JavaScript pages, for tests of the memory manager.

import type { Addr } from '@tsvisor/abi'
import { ENOMEM } from '@tsvisor/abi'
import {
  type AddressSpace,
  type Mappable,
  type MapSource,
  type MemoryFile,
  PAGE_SIZE,
  type Thread,
} from '../../src/platform/platform.ts'

interface Page {
  prot: number
  data: Uint8Array
}

/** Bytes that a test maps. */
export class Bytes implements Mappable {
  readonly label = 'bytes'
  constructor(readonly data: Uint8Array) {}
}

export class FakeMemoryFile implements MemoryFile {
  readonly label = 'memory'
  size = 0
  released = 0
  readonly pages = new Map<number, Uint8Array>()
  page(index: number): Uint8Array {
    let page = this.pages.get(index)
    if (!page) this.pages.set(index, (page = new Uint8Array(PAGE_SIZE)))
    return page
  }
  resize(size: number): void {
    this.size = size
  }
  read(target: Uint8Array, offset: number): number {
    const length = Math.min(target.length, this.size - offset)
    for (let i = 0; i < length; i++) {
      const at = offset + i
      target[i] = this.page(Math.floor(at / PAGE_SIZE))[at % PAGE_SIZE]!
    }
    return length
  }
  write(source: Uint8Array, offset: number): void {
    source.forEach((byte, i) => {
      const at = offset + i
      this.page(Math.floor(at / PAGE_SIZE))[at % PAGE_SIZE] = byte
    })
  }
  punch(offset: number, length: number): void {
    for (let at = offset; at < offset + length; at += PAGE_SIZE) this.page(at / PAGE_SIZE).fill(0)
  }
  allocated(): number {
    return this.pages.size * PAGE_SIZE
  }
  copyTo(): number {
    throw new Error('unused')
  }
  copyFrom(): number {
    throw new Error('unused')
  }
  release(): void {
    this.released++
  }
}

/** Keeps pages in a map. `refuse` makes the next flush fail; `calls` records layout changes. */
export class PageSpace implements AddressSpace {
  readonly minAddr = 0x1_0000 as Addr
  readonly maxAddr = 0x7fff_ffff_f000 as Addr
  readonly vdso: AddressSpace['vdso'] = undefined
  readonly pages = new Map<number, Page>()
  readonly calls: string[] = []
  refuse = false

  #each(addr: number, length: number, visit: (index: number, at: number) => void): void {
    if (addr % PAGE_SIZE || length % PAGE_SIZE || length === 0) throw new Error('unaligned')
    for (let at = addr; at < addr + length; at += PAGE_SIZE) visit(at / PAGE_SIZE, at - addr)
  }
  map(addr: Addr, length: number, prot: number, source: MapSource): void {
    this.calls.push(`map ${addr.toString(16)} ${length} ${prot}`)
    this.#each(addr, length, (index, at) => {
      let data = new Uint8Array(PAGE_SIZE)
      if (source.kind === 'file') {
        const { file, offset, shared } = source
        if (file instanceof FakeMemoryFile) {
          const page = file.page((offset + at) / PAGE_SIZE)
          data = shared ? page : page.slice()
        } else if (file instanceof Bytes)
          data.set(file.data.subarray(offset + at, offset + at + PAGE_SIZE))
      }
      this.pages.set(index, { prot, data })
    })
  }
  unmap(addr: Addr, length: number): void {
    this.calls.push(`unmap ${addr.toString(16)} ${length}`)
    this.#each(addr, length, index => this.pages.delete(index))
  }
  protect(addr: Addr, length: number, prot: number): void {
    this.calls.push(`protect ${addr.toString(16)} ${length} ${prot}`)
    this.#each(addr, length, index => {
      const page = this.pages.get(index)
      if (!page) throw ENOMEM
      page.prot = prot
    })
  }
  remap(from: Addr, oldLength: number, to: Addr, newLength: number): void {
    this.calls.push(`remap ${from.toString(16)} ${oldLength} ${to.toString(16)} ${newLength}`)
    const moved: Page[] = []
    this.#each(from, oldLength, index => {
      moved.push(this.pages.get(index)!)
      this.pages.delete(index)
    })
    this.#each(to, newLength, (index, at) =>
      this.pages.set(
        index,
        moved[at / PAGE_SIZE] ?? { prot: moved[0]!.prot, data: new Uint8Array(PAGE_SIZE) },
      ),
    )
  }
  advise(addr: Addr, length: number, advice: number): void {
    this.calls.push(`advise ${addr.toString(16)} ${length} ${advice}`)
    if (advice === 4) this.#each(addr, length, index => this.pages.get(index)?.data.fill(0))
  }
  flush(): void {
    if (!this.refuse) return
    this.refuse = false
    throw ENOMEM
  }
  #copy(
    addr: number,
    length: number,
    need: number,
    step: (page: Page, at: number, done: number) => void,
  ): number {
    for (let done = 0; done < length; done++) {
      const page = this.pages.get(Math.floor((addr + done) / PAGE_SIZE))
      if (!page || !(page.prot & need)) return done
      step(page, (addr + done) % PAGE_SIZE, done)
    }
    return length
  }
  read(addr: Addr, target: Uint8Array): number {
    return this.#copy(addr, target.length, 7, (page, at, done) => {
      target[done] = page.data[at]!
    })
  }
  write(addr: Addr, source: Uint8Array): number {
    return this.#copy(addr, source.length, 2, (page, at, done) => {
      page.data[at] = source[done]!
    })
  }
  canBarrier(): boolean {
    return true
  }
  /** One thread at a time runs, and what it did is done. */
  barrier(): void {}
  compareExchange32(addr: Addr, expected: number, value: number): number | undefined {
    const word = new Uint8Array(4)
    if (this.read(addr, word) !== 4) return undefined
    const view = new DataView(word.buffer)
    const found = view.getUint32(0, true)
    if (found >>> 0 === expected >>> 0) {
      view.setUint32(0, value, true)
      if (this.write(addr, word) !== 4) return undefined
    }
    return found
  }
  residentBytes(): number {
    return this.pages.size * PAGE_SIZE
  }
  anonymousBytes(): number {
    return this.residentBytes()
  }
  fork(caller: Thread): { space: AddressSpace; thread: Thread } {
    const copy = new PageSpace()
    for (const [index, page] of this.pages)
      copy.pages.set(index, { prot: page.prot, data: page.data.slice() })
    return { space: copy, thread: caller }
  }
  newThread(): Thread {
    throw new Error('unused')
  }
  clear(): void {
    this.pages.clear()
  }
  release(): void {
    this.pages.clear()
  }
}
