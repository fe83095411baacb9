// Flags that engines pass and nothing here needs. (runsc)

import { Option } from 'commander'

/** Not in the help: nobody should pass it by hand. */
export const accepted = (flags: string): Option => new Option(flags).hideHelp()
