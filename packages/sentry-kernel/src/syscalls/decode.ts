// Registers to arguments, by the declaration of the call. (syscalls)

import type { SyscallDecl } from '@tsvisor/abi'

/** The decoded arguments of some call. */
export type DecodedArgs = Readonly<Record<string, unknown>>
/** Takes the 54 register halves of a thread stopped at a system call. */
export type Decoder = (words: Uint32Array) => DecodedArgs

/** Where the low half of argument 0…5 lies in the registers: rdi rsi rdx r10 r8 r9. */
export const ARGUMENT_WORDS = [28, 26, 24, 14, 18, 16] as const

const NONE: DecodedArgs = Object.freeze({})

/** Makes the decoder of one call: one closure by argument count, one object a call, nothing else. */
export function decoderOf(decl: SyscallDecl): Decoder {
  const names = Object.keys(decl.args)
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = names
  const kinds = names.map(name => decl.args[name]!.decode as (l: number, h: number) => unknown)
  const [da, db, dc, dd, de, df] = kinds as [
    (l: number, h: number) => unknown,
    (l: number, h: number) => unknown,
    (l: number, h: number) => unknown,
    (l: number, h: number) => unknown,
    (l: number, h: number) => unknown,
    (l: number, h: number) => unknown,
  ]
  switch (names.length) {
    case 0:
      return () => NONE
    case 1:
      return w => ({ [a]: da(w[28]!, w[29]!) })
    case 2:
      return w => ({ [a]: da(w[28]!, w[29]!), [b]: db(w[26]!, w[27]!) })
    case 3:
      return w => ({
        [a]: da(w[28]!, w[29]!),
        [b]: db(w[26]!, w[27]!),
        [c]: dc(w[24]!, w[25]!),
      })
    case 4:
      return w => ({
        [a]: da(w[28]!, w[29]!),
        [b]: db(w[26]!, w[27]!),
        [c]: dc(w[24]!, w[25]!),
        [d]: dd(w[14]!, w[15]!),
      })
    case 5:
      return w => ({
        [a]: da(w[28]!, w[29]!),
        [b]: db(w[26]!, w[27]!),
        [c]: dc(w[24]!, w[25]!),
        [d]: dd(w[14]!, w[15]!),
        [e]: de(w[18]!, w[19]!),
      })
    default:
      return w => ({
        [a]: da(w[28]!, w[29]!),
        [b]: db(w[26]!, w[27]!),
        [c]: dc(w[24]!, w[25]!),
        [d]: dd(w[14]!, w[15]!),
        [e]: de(w[18]!, w[19]!),
        [f]: df(w[16]!, w[17]!),
      })
  }
}
