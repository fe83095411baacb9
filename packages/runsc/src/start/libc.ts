// The little that the start of the program calls past Node: each part has @tsvisor/host for the rest. (runsc)

import { loadKoffi } from './load-koffi.ts'

interface Koffi {
  load(library: null): { func(declaration: string): (...args: number[]) => number }
  view(address: number, length: number): ArrayBuffer
}

const koffi = (): Koffi => loadKoffi() as Koffi

let libc: ReturnType<Koffi['load']> | undefined

/** Declared when it is first called. */
function declared(declaration: string): (...args: number[]) => number {
  let known: ((...args: number[]) => number) | undefined
  return (...args) => {
    libc ??= koffi().load(null)
    known ??= libc.func(declaration)
    return known(...args)
  }
}

export const lseek = declared('int64 lseek(int, int64, int)')
export const mmap = declared('int64 mmap(int64, int64, int, int, int, int64)')
export const munmap = declared('int munmap(int64, int64)')

/** The memory at an address. */
export const memoryAt = (address: number, length: number): Buffer =>
  Buffer.from(koffi().view(address, length))

const exitGroup = declared('void _exit(int)')

/** _exit(2): nothing is flushed, no handler runs. */
export function exitNow(status: number): never {
  exitGroup(status)
  throw new Error('_exit has returned')
}
