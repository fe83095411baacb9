import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/node/cli/main.ts', import.meta.url))
const NODE = ['--conditions=tsvisor-source', '--import', 'tsx', MAIN]

let dir: string
let server: ChildProcess
let address: string

const p9 = (args: string[], input = '') =>
  new Promise<{ status: number; out: string; err: string }>(resolve => {
    const child = execFile(process.execPath, [...NODE, ...args], (error, out, err) =>
      resolve({ status: Number(error?.code ?? 0), out, err }),
    )
    child.stdin!.end(input)
  })

const serve = async (socket: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [...NODE, 'serve', dir, '--unix', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout!, 'data')
  expect(String(line)).toBe(`serving ${dir} on unix!${socket}\n`)
  return child
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'p9-cli-'))
  writeFileSync(join(dir, 'notes.txt'), 'remember\n')
  server = await serve(join(dir, '.sock'))
  address = `unix!${join(dir, '.sock')}`
})
afterAll(async () => {
  server.kill()
  expect(await once(server, 'exit')).toEqual([0, null])
  rmSync(dir, { recursive: true })
})

it('lists, prints, writes and describes', async () => {
  expect(await p9(['ls', address])).toEqual({ status: 0, out: '.sock\nnotes.txt\n', err: '' })
  expect((await p9(['ls', '-l', address, '/notes.txt'])).out).toMatch(
    /^-rw-r--r-- 1 \d+ \d+ +9 \d{4}-\d\d-\d\d \d\d:\d\d \/notes.txt\n$/,
  )
  expect((await p9(['cat', address, '/notes.txt', 'notes.txt'])).out).toBe('remember\n'.repeat(2))
  expect(await p9(['put', address, '/new'], 'x'.repeat(300_000))).toMatchObject({ status: 0 })
  expect(readFileSync(join(dir, 'new'), 'utf8')).toBe('x'.repeat(300_000))
  expect(JSON.parse((await p9(['stat', address, '/new'])).out)).toMatchObject({
    path: '/new',
    kind: 'file',
    size: 300_000,
  })
})

it('says what is wrong in one line', async () => {
  const missing = await p9(['cat', address, '/none'])
  expect(missing).toEqual({ status: 1, out: '', err: 'p9: ENOENT: /none\n' })
  const nobody = await p9(['ls', `unix!${dir}/nobody`])
  expect(nobody.status).toBe(1)
  expect(nobody.err).toMatch(/^p9: .*ENOENT.*\n$/)
  expect((await p9(['ls', 'nonsense'])).err).toBe(
    'p9: not an address like tcp!host!port or unix!path: nonsense\n',
  )
  expect((await p9(['--help'])).out).toContain('p9 serve ./public --tcp')
})

it('takes over the socket of a killed server, and no other', async () => {
  const socket = join(mkdtempSync(join(dir, 'stale-')), 'sock')
  const killed = await serve(socket)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  expect(lstatSync(socket).isSocket()).toBe(true)
  const next = await serve(socket)
  try {
    expect((await p9(['cat', `unix!${socket}`, '/notes.txt'])).out).toBe('remember\n')
    expect(await p9(['serve', dir, '--unix', socket])).toEqual({
      status: 1,
      out: '',
      err: `p9: a server listens on ${socket} already (end it, or choose another path)\n`,
    })
  } finally {
    next.kill()
    await once(next, 'exit')
  }
  expect(existsSync(socket)).toBe(false)
  const file = join(dir, 'notes.txt')
  expect((await p9(['serve', dir, '--unix', file])).err).toBe(
    `p9: not a socket: ${file} (remove it, or choose another path)\n`,
  )
  expect(readFileSync(file, 'utf8')).toBe('remember\n')
})
