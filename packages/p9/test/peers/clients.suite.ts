// Clients that Debian has no package of: diod's newer one works, those of plain 9P2000 are turned away.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeText, Files } from '../../src/index.ts'
import { dial, directoryTree, formatAddress, type Listening, listen } from '../../src/node/index.ts'
import { MemTree } from '../mem-tree.ts'
import { isInstalled } from './installed.ts'

const run = promisify(execFile)

const withProgram = (program: string, tests: () => void): void => {
  if (isInstalled(program)) describe(program, tests)
  else describe.skip(`${program} (not installed)`, tests)
}

let dir: string
let server: Listening
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'p9-clients-'))
  writeFileSync(join(dir, 'file'), 'content\n')
  server = await listen(directoryTree(dir), 'tcp!127.0.0.1!0')
})
afterEach(async () => {
  await server.close()
  rmSync(dir, { recursive: true })
})

withProgram('diodcli', () => {
  const diodcli = async (to: Listening, ...args: string[]): Promise<string> => {
    const at = formatAddress(to.address).replace(/^tcp!(.*)!/, '$1:')
    const done = run('diodcli', ['-s', at, '-a', '/', ...args])
    done.child.stdin?.end('changed\n')
    return (await done).stdout
  }

  it('lists, reads, writes and makes directories', async () => {
    await diodcli(server, 'null')
    await diodcli(server, 'mkdir', 'sub')
    expect((await diodcli(server, 'ls', '/')).split('\n').sort()).toEqual(['', 'file', 'sub'])
    expect(await diodcli(server, 'read', 'file')).toBe('content\n')
    expect(await diodcli(server, 'stat', 'file')).toContain(' size=8 ')
    await diodcli(server, 'write', 'file')
    expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('changed\n')
    await expect(diodcli(server, 'read', 'none')).rejects.toThrow('No such file')
  })

  it('has extended attributes', async () => {
    const objects = await listen(new MemTree(), 'tcp!127.0.0.1!0')
    try {
      await diodcli(objects, 'mkdir', 'd')
      await diodcli(objects, 'setxattr', 'd', 'user.a', 'value')
      expect(await diodcli(objects, 'listxattr', 'd')).toBe('user.a\n')
      expect(await diodcli(objects, 'getxattr', 'd', 'user.a')).toContain('value')
      // To remove, it sends what Linux sends to set an empty value.
      await diodcli(objects, 'delxattr', 'd', 'user.a')
      expect(await diodcli(objects, 'getxattr', 'd', 'user.a')).not.toContain('value')
    } finally {
      await objects.close()
    }
  })
})

// They know another dialect; what matters is that they say so and end, and that others do not notice.
const OTHERS = [
  // libixp's
  ['ixpc', ['-a'], 'bad 9P version'],
  // plan9port's, which attaches all the same
  ['9p', ['-n', '-a'], 'mount'],
] as const
for (const [program, flags, complaint] of OTHERS) {
  withProgram(program, () => {
    it.each(['ls', 'read', 'write'])('%s ends with a complaint', async verb => {
      const files = await Files.mount(await dial(server.address))
      const words = [...flags, formatAddress(server.address), verb, '/file']
      await expect(run(program, words, { timeout: 10_000 })).rejects.toThrow(complaint)
      expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('content\n')
      expect(decodeText(await files.readFile('/file'))).toBe('content\n')
      files.close()
    })
  })
}
