// Builds the command with the bugs of fake/broken-kernel.ts. (runsc tests)

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The bundler that tsup brings. */
const ESBUILD = createRequire(createRequire(import.meta.url).resolve('tsup')).resolve(
  'esbuild/bin/esbuild',
)

/** The path of the program, in a directory below this package, where it finds koffi. */
export function buildBrokenCli(directory: string): string {
  const program = join(directory, 'cli.js')
  const require = "import{createRequire as r}from'node:module';const require=r(import.meta.url);"
  execFileSync(ESBUILD, [
    fileURLToPath(new URL('./fake/broken-kernel.ts', import.meta.url)),
    ...['--bundle', '--format=esm', '--platform=node', '--target=node20'],
    ...['--external:koffi', '--conditions=tsvisor-source', '--log-level=error'],
    `--banner:js=${require}`,
    `--outfile=${program}`,
  ])
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  return program
}
