// Native memory seen from both sides: typed arrays with known addresses. (host)

import { call3, call6 } from './call.ts'
import { addressOfBuffer, bytesAt, type HostAddress, PROT_READ, PROT_WRITE } from './native.ts'
import { NR } from './nr.ts'

const addresses = new WeakMap<ArrayBufferLike, HostAddress>()
let lastBuffer: ArrayBufferLike | undefined
let lastAddress = 0 as HostAddress

/**
 * The host address of an array's first byte, valid while the array is reachable: keep a reference
 * across the call that uses it. Any typed array will do, V8 does not move array buffers.
 */
export const addressOf = (array: ArrayBufferView): HostAddress => {
  const buffer = array.buffer
  if (buffer !== lastBuffer) {
    let address = addresses.get(buffer)
    if (address === undefined) {
      address = addressOfBuffer(buffer)
      addresses.set(buffer, address)
    }
    lastBuffer = buffer
    lastAddress = address
  }
  return (lastAddress + array.byteOffset) as HostAddress
}

/** Native pages with the views over them. */
export interface Region {
  readonly address: HostAddress
  readonly length: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** mmap(2) in this process, at an address that the kernel picks. Throws ENOMEM, EACCES, EBADF … */
export const mmap = (
  length: number,
  prot: number,
  flags: number,
  fd: number,
  offset: number,
): HostAddress => call6(NR.mmap, 0, length, prot, flags, fd, offset) as HostAddress

/** munmap(2) in this process. No view over the range may be used afterwards. */
export const munmap = (address: HostAddress, length: number): void => {
  call3(NR.munmap, address, length, 0)
}

/** mprotect(2) in this process. */
export const mprotect = (address: HostAddress, length: number, prot: number): void => {
  call3(NR.mprotect, address, length, prot)
}

/** madvise(2) in this process. */
export const madvise = (address: HostAddress, length: number, advice: number): void => {
  call3(NR.madvise, address, length, advice)
}

const register = (address: HostAddress, length: number): Region => {
  const bytes = bytesAt(address, length)
  addresses.set(bytes.buffer, address)
  return { address, length, bytes }
}

const MAP_SHARED = 1
const MAP_PRIVATE_ANONYMOUS = 0x22

/** Fresh zero pages; `length` in bytes. Never freed unless `unmapRegion` is called. */
export const allocate = (length: number): Region =>
  register(mmap(length, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0), length)

/** Maps an open file shared, readable and writable. */
export const mapShared = (fd: number, offset: number, length: number): Region =>
  register(mmap(length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset), length)

/** Gives a region's pages back. Its views must not be used afterwards. */
export const unmapRegion = (region: Region): void => {
  if (lastBuffer === region.bytes.buffer) lastBuffer = undefined
  addresses.delete(region.bytes.buffer)
  munmap(region.address, region.length)
}
