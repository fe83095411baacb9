// Signals to this process as bytes in a pipe, for a process whose loop only waits for descriptors. (host)
//
// Node's own signal handling needs its event loop. The handler is machine code: it writes the number,
// wherever this process is at that moment, and returns.

import { call4 } from './call.ts'
import { pipeNonblocking } from './fs-io.ts'
import { close } from './fs-open.ts'
import { at, type HostAddress, loadCode } from './native.ts'
import { NR } from './nr.ts'
import { scratch, scratchView } from './scratch.ts'

const SA_RESTORER = 0x0400_0000
const SA_RESTART = 0x1000_0000
/** The kernel's sigset_t, bytes. */
const SIGSET_SIZE = 8
/** Where the restorer lies in the code. */
const RESTORER = 32

const le32 = (value: number): number[] => [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff)

/** void handler(int signo): write(fd, &signo, 1); the kernel saves every register around it. */
const handlerCode = (fd: number): Uint8Array => {
  const handler = [
    0x57, // push rdi
    ...[0xbf, ...le32(fd)], // mov edi, fd
    ...[0x48, 0x89, 0xe6], // mov rsi, rsp
    ...[0xba, ...le32(1)], // mov edx, 1
    ...[0xb8, ...le32(NR.write)], // mov eax, write
    ...[0x0f, 0x05], // syscall
    0x5f, // pop rdi
    0xc3, // ret
  ]
  const restorer = [0xb8, ...le32(NR.rt_sigreturn), 0x0f, 0x05] // mov eax, rt_sigreturn; syscall
  const code = new Uint8Array(RESTORER + restorer.length)
  code.set(handler)
  code.set(restorer, RESTORER)
  return code
}

const wide = (offset: number, value: number): void => {
  scratchView.setUint32(offset, value % 0x1_0000_0000, true)
  scratchView.setUint32(offset + 4, value / 0x1_0000_0000, true)
}

const setAction = (signo: number, handler: HostAddress, flags: number, restorer: number): void => {
  wide(0, handler)
  wide(8, flags)
  wide(16, restorer)
  wide(24, 0)
  call4(NR.rt_sigaction, signo, scratch.address, 0, SIGSET_SIZE)
}

/**
 * From now on each of `signals` that this process gets is a byte, its number, to be read from the
 * returned descriptor, which is not blocking. More than the pipe holds (65,536) at a time are lost.
 * System calls that a signal interrupts start again where they can. The handlers are for good.
 */
export const signalPipe = (signals: readonly number[]): number => {
  const [reader, writer] = pipeNonblocking()
  try {
    const code = loadCode(handlerCode(writer))
    for (const signo of signals) {
      setAction(signo, code, SA_RESTORER | SA_RESTART, at(code, RESTORER))
    }
    return reader
  } catch (error) {
    close(reader)
    close(writer)
    throw error
  }
}
