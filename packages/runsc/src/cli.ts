#!/usr/bin/env node
// The `runsc` command: decides which part of the program this process is, and loads only that. (runsc)

import * as nodeModule from 'node:module'

// Node 22.8 and later keep compiled code on disk; older ones have no such call.
const { enableCompileCache } = nodeModule as { enableCompileCache?: () => unknown }
enableCompileCache?.()

const verb = process.argv[2]
if (verb === 'boot') {
  const { main } = await import('./boot/main.ts')
  main()
} else if (verb === 'gofer') {
  const { main } = await import('./gofer/main.ts')
  main()
} else {
  const { main } = await import('./cli/main.ts')
  process.exit(await main(process.argv.slice(2)))
}
