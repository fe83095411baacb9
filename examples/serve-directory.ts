// Serves a directory over 9P2000.L and reads it back, with both ends in this process. The messages
// go to stderr. Run: npx tsx --conditions=tsvisor-source examples/serve-directory.ts DIRECTORY

import * as fs from 'node:fs'
import { Files, FsTree, memoryPair, serve } from '@tsvisor/p9'

const [directory = '.'] = process.argv.slice(2)

const [here, there] = memoryPair()
const tree = new FsTree(fs, directory, { access: 'read', now: Date.now })
serve(tree, there, { trace: line => console.error(line) })

const files = await Files.mount(here)
for (const name of (await files.readdir('/')).sort()) {
  const { size, kind } = await files.stat(name)
  console.log(`${name}: ${kind}, ${size} bytes`)
  if (kind === 'file') console.log(new TextDecoder().decode(await files.readFile(name)).trim())
}
await files.writeFile('new', 'text').catch(error => console.log(String(error)))
files.close()
