// Every snippet of the README runs and prints what its comments say.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(match => match[1]!)
// Inside the package, so that it finds itself by name.
const dir = mkdtempSync(join(PACKAGE, '.readme-'))
afterAll(() => rmSync(dir, { recursive: true }))

describe('README', () => {
  it.each(snippets.map((code, i) => [i, code] as const))('snippet %i', async (i, code) => {
    const expected = [...code.matchAll(/\/\/ → (.*)$/gm)].map(match => match[1])
    expect(expected.length).toBeGreaterThan(0)
    const file = join(dir, `${i}.ts`)
    writeFileSync(file, code)
    const flags = ['--conditions=tsvisor-source', '--import', 'tsx', file]
    const { stdout } = await promisify(execFile)(process.execPath, flags, { timeout: 30_000 })
    expect(stdout.trimEnd().split('\n')).toEqual(expected)
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
  it('has them all', () => expect(snippets).toHaveLength(5))
})
