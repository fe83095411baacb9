// The shells that there are completions for. (runsc)

import { bashCompletion } from './bash.ts'
import type { CommandTree } from './command-tree.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

export const completionScript: Readonly<
  Record<'bash' | 'zsh' | 'fish', (tree: CommandTree) => string>
> = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }
