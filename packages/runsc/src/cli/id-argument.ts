// The container that a verb is about. (runsc)

import { Argument } from 'commander'

/** Shell completion offers the containers that there are. */
export const idArgument = (): Argument => new Argument('<id>', 'the container')
