#!/usr/bin/env node
// The `runsc` command from source or in one bundle: src/start/cli.ts is what users get. (runsc)

const verb = process.argv[2]
if (verb === 'boot') {
  const { main } = await import('./boot/main.ts')
  main()
} else if (verb === 'gofer') {
  const { main } = await import('./gofer/main.ts')
  main()
} else {
  const { main } = await import('./cli/part/command.ts')
  const loadKernel = () => import('./boot/main.ts')
  const loadSchemas = () => import('./start/schemas.ts')
  const { status } = await main(process.argv.slice(2), { loadKernel, loadSchemas })
  process.exit(status)
}

export {}
