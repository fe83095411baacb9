// Every snippet of the README runs and prints what its comments say. Its first, in a folder that has
// nothing but the packages, is what scripts/pack-check.mjs tries.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dial } from '../src/node/index.ts'
import { isInstalled } from './peers/installed.ts'
import { HOST, obstacle, PORT, shell } from './peers/v9fs/guest.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(match => match[1]!)
const [install, mounted, fromTheShell] = [...readme.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
  match => match[1]!.trimEnd().split('\n'),
) as [string[], string[], string[]]
// Inside the package, so that it finds itself by name.
const dir = mkdtempSync(join(PACKAGE, '.readme-'))
const NODE = ['--conditions=tsvisor-source', '--import', 'tsx']
/** Where `npx @tsvisor/p9` is the command that these sources are. */
const HERE = {
  cwd: dir,
  env: { ...process.env, PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH']}` },
}
const run = async (command: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(command, [...args], { ...HERE, timeout: 60_000 })).stdout
const inShell = (line: string): Promise<string> => run('sh', ['-c', line])

/** What the README serves on is taken, or another run of this test has it. */
let port: number
let server: ChildProcess
const saved = (code: string, name: string): string => {
  const file = join(dir, `${name}.ts`)
  writeFileSync(file, code.replaceAll('5640', `${port}`))
  return file
}
beforeAll(async () => {
  const cli = [process.execPath, ...NODE, join(PACKAGE, 'src/node/cli/main.ts')].join("' '")
  mkdirSync(join(dir, 'bin'))
  writeFileSync(join(dir, 'bin/npx'), `#!/bin/sh\nshift\nexec '${cli}' "$@"\n`, { mode: 0o755 })
  const any = createServer()
  await new Promise<void>(resolve => any.listen(0, '127.0.0.1', resolve))
  port = (any.address() as AddressInfo).port
  await new Promise(resolve => any.close(resolve))
  server = spawn(process.execPath, [...NODE, saved(snippets[0]!, 'serve')], { stdio: 'inherit' })
  for (let tries = 0; ; tries++) {
    try {
      return (await dial(`tcp!127.0.0.1!${port}`)).close()
    } catch (error) {
      if (tries > 600) throw error
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
})
afterAll(() => {
  server.kill()
  rmSync(dir, { recursive: true })
})

const why = obstacle()

describe('README', () => {
  it.each(snippets.slice(1).map((code, i) => [i, code] as const))('snippet %i', async (i, code) => {
    const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(match => match[1])
    expect(expected.length).toBeGreaterThan(0)
    const stdout = await run(process.execPath, [...NODE, saved(code, `${i}`)])
    expect(stdout.trimEnd().split('\n')).toEqual(expected)
  })

  it.skipIf(why !== undefined)(`is mounted by Linux ${why ?? ''}`, async () => {
    const mount = mounted[1]!.replace('5640', `${PORT}`).replace('127.0.0.1', HOST)
    const printed = await shell({ kind: 'tcp', host: '127.0.0.1', port }, mount)
    expect(printed).toBe('Hello, world\n# end\n')
  })
  it.skipIf(!isInstalled('diodcat'))("is read by diod's client (needs diod)", async () => {
    expect(await inShell(mounted[2]!.replace('5640', `${port}`))).toBe('Hello, world\n')
  })
  it('is read by our command', async () => {
    expect(await inShell(mounted[3]!.replace('5640', `${port}`))).toBe('Hello, world\n')
  })

  it('has commands that serve and use a directory', async () => {
    mkdirSync(join(dir, 'public'))
    const printed: string[] = []
    const servers: ChildProcess[] = []
    try {
      for (const line of fromTheShell.map(line => line.replace('5640', '0'))) {
        if (line.includes(' serve ')) {
          const served = spawn('sh', ['-c', `exec ${line.replace(/ &$/, '')}`], HERE)
          servers.push(served)
          printed.push(String(await once(served.stdout!, 'data')))
        } else printed.push(await inShell(line))
      }
    } finally {
      for (const served of servers) served.kill()
    }
    expect(printed).toEqual([
      'serving ./public on unix!p9.sock\n',
      '',
      expect.stringMatching(/^-rw-.* 6 .* notes.txt\n$/),
      'hello\n',
      expect.stringMatching(/^serving .\/public on tcp!127.0.0.1!\d+\n$/),
    ])
  })

  it('compiles', async () => {
    const config = {
      extends: '../../../tsconfig.base.json',
      compilerOptions: { types: ['node'], typeRoots: ['../../../node_modules/@types'] },
      include: ['*.ts'],
    }
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(PACKAGE, '../../node_modules/typescript/bin/tsc')
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', dir]).catch(e => e)
    expect(stdout).toBe('')
  })
  it('has them all', () => {
    expect(snippets).toHaveLength(6)
    expect([install, mounted, fromTheShell].map(lines => lines.length)).toEqual([1, 4, 5])
    expect(readme.match(/^```\w/gm)).toHaveLength(9)
  })
})
