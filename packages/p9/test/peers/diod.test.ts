// Against diod, where it is installed: our client with its server, its clients with our server.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { decodeText, Files, type P9Error } from '../../src/index.ts'
import { dial, directoryTree, listen } from '../../src/node/index.ts'
import { isInstalled } from './installed.ts'

const installed = ['diod', 'diodls', 'diodcat'].every(isInstalled)
const run = promisify(execFile)

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'p9-diod-'))
  mkdirSync(join(dir, 'sub'))
  writeFileSync(join(dir, 'file'), 'content\n')
})
afterEach(() => execFileSync('rm', ['-rf', dir]))

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

const whenUp = async (address: string) => {
  for (let tries = 0; ; tries++) {
    try {
      return await dial(address)
    } catch (error) {
      if (tries > 100) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

// diod changes to the attaching user.
describe.runIf(installed && process.getuid?.() === 0)('diod (needs root)', () => {
  it('serves our client', async () => {
    const port = await freePort()
    const flags = ['-f', '-n', '-N', '-c', '/dev/null', '-e', dir, '-l', `127.0.0.1:${port}`]
    const diod = spawn('diod', [...flags, '-L', '/dev/null'], { stdio: 'ignore' })
    try {
      const files = await Files.mount(await whenUp(`tcp!127.0.0.1!${port}`), { tree: dir })
      expect((await files.readdir('/')).sort()).toEqual(['file', 'sub'])
      expect(decodeText(await files.readFile('/file'))).toBe('content\n')
      const big = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251)
      await files.writeFile('/sub/big', big)
      expect(Buffer.compare(readFileSync(join(dir, 'sub/big')), big)).toBe(0)
      expect(Buffer.compare(await files.readFile('/sub/big'), big)).toBe(0)
      await files.chmod('/sub/big', 0o600)
      await files.truncate('/sub/big', 10)
      await files.rename('/sub/big', '/small')
      expect(await files.stat('/small')).toMatchObject({ size: 10, mode: 0o100600 })
      await files.symlink('small', '/link')
      expect(await files.readlink('/link')).toBe('small')
      await files.link('/small', '/again')
      await files.mkdir('/d')
      await files.rmdir('/d')
      await files.unlink('/again')
      const many = Array.from({ length: 300 }, () => files.stat('/file'))
      expect(await Promise.all(many)).toHaveLength(300)
      const gone = await files.stat('/none').catch((error: P9Error) => error.errno)
      expect(gone).toBe('ENOENT')
      expect((await files.statfs()).bsize).toBeGreaterThan(0)
      const file = await files.open('/small', 'r+')
      await file.lock({ type: 'write', length: 5 })
      await file.lock({ type: 'unlock' })
      await file.close()
      files.close()
    } finally {
      diod.kill()
    }
  })

  it('has clients that our server serves', async () => {
    writeFileSync(join(dir, 'big'), 'x'.repeat(500_000))
    const server = await listen(directoryTree(dir), 'tcp!127.0.0.1!0')
    try {
      if (server.address.kind !== 'tcp') throw new Error('tcp was asked for')
      const at = ['-s', `127.0.0.1:${server.address.port}`, '-a', '/']
      const list = await run('diodls', [...at, '/'])
      expect(list.stdout.split('\n').filter(Boolean).sort()).toEqual(['big', 'file', 'sub'])
      expect((await run('diodcat', [...at, 'file'])).stdout).toBe('content\n')
      expect((await run('diodcat', [...at, 'big'])).stdout).toBe('x'.repeat(500_000))
      const missing = await run('diodcat', [...at, 'none']).catch(error => error.stderr)
      expect(missing).toContain('No such file')
    } finally {
      await server.close()
    }
  })
})
