// Every snippet of the README runs and prints what its comments say.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dial } from '../src/node/index.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(match => match[1]!)
const commands = /^```sh\n(mount [\s\S]*?)^```/m.exec(readme)![1]!.trimEnd().split('\n')
// Inside the package, so that it finds itself by name.
const dir = mkdtempSync(join(PACKAGE, '.readme-'))
const NODE = ['--conditions=tsvisor-source', '--import', 'tsx']
const run = async (command: string, args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(command, [...args], { timeout: 60_000 })).stdout

/** What the README serves on is taken, or another run of this test has it. */
let port: number
let server: ChildProcess
const saved = (code: string, name: string): string => {
  const file = join(dir, `${name}.ts`)
  writeFileSync(file, code.replaceAll('5640', `${port}`))
  return file
}
beforeAll(async () => {
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

const isInstalled = (command: string): boolean => {
  try {
    execFileSync('which', [command])
    return true
  } catch {
    return false
  }
}

describe('README', () => {
  it.each(snippets.slice(1).map((code, i) => [i, code] as const))('snippet %i', async (i, code) => {
    const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(match => match[1])
    expect(expected.length).toBeGreaterThan(0)
    const stdout = await run(process.execPath, [...NODE, saved(code, `${i}`)])
    expect(stdout.trimEnd().split('\n')).toEqual(expected)
  })

  // The mount is what v9fs.test.ts does.
  it.skipIf(!isInstalled('diodcat'))("is read by diod's client (needs diod)", async () => {
    const [command, ...args] = commands[1]!.replace('5640', `${port}`).split(' ')
    expect(await run(command!, args)).toBe('Hello, world\n')
  })
  it('is read by our command', async () => {
    const main = join(PACKAGE, 'src/node/cli/main.ts')
    const args = commands[2]!.replace('5640', `${port}`).replaceAll("'", '').split(' ').slice(2)
    expect(await run(process.execPath, [...NODE, main, ...args])).toBe('Hello, world\n')
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
  it('has them all', () => expect(snippets).toHaveLength(6))
})
