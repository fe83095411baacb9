// Registers to arguments, by the declaration of the call. (syscalls)

import type { SyscallDecl } from '@tsvisor/abi'

/** The decoded arguments of some call. */
export type DecodedArgs = Readonly<Record<string, unknown>>
/** Takes the 54 register halves of a thread stopped at a system call. */
export type Decoder = (words: Uint32Array) => DecodedArgs

/** Where the low half of argument 0…5 lies in the registers: rdi rsi rdx r10 r8 r9. */
export const ARGUMENT_WORDS = [28, 26, 24, 14, 18, 16] as const

const NONE: DecodedArgs = Object.freeze({})

type Decode = (low: number, high: number) => unknown

/**
 * Makes the decoder of one call: one closure by argument count, one object a call, nothing else.
 * The names differ from call to call, and V8 leaves literals with such keys to its runtime:
 * assignments take a quarter of the time.
 */
export function decoderOf(decl: SyscallDecl): Decoder {
  const names = Object.keys(decl.args)
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = names
  const kinds = names.map(name => decl.args[name]!.decode as Decode)
  const [da, db, dc, dd, de, df] = kinds as [Decode, Decode, Decode, Decode, Decode, Decode]
  switch (names.length) {
    case 0:
      return () => NONE
    case 1:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        return args
      }
    case 2:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        args[b] = db(w[26]!, w[27]!)
        return args
      }
    case 3:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        args[b] = db(w[26]!, w[27]!)
        args[c] = dc(w[24]!, w[25]!)
        return args
      }
    case 4:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        args[b] = db(w[26]!, w[27]!)
        args[c] = dc(w[24]!, w[25]!)
        args[d] = dd(w[14]!, w[15]!)
        return args
      }
    case 5:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        args[b] = db(w[26]!, w[27]!)
        args[c] = dc(w[24]!, w[25]!)
        args[d] = dd(w[14]!, w[15]!)
        args[e] = de(w[18]!, w[19]!)
        return args
      }
    default:
      return w => {
        const args: Record<string, unknown> = {}
        args[a] = da(w[28]!, w[29]!)
        args[b] = db(w[26]!, w[27]!)
        args[c] = dc(w[24]!, w[25]!)
        args[d] = dd(w[14]!, w[15]!)
        args[e] = de(w[18]!, w[19]!)
        args[f] = df(w[16]!, w[17]!)
        return args
      }
  }
}
