// Codec, client and server in a browser: Chromium runs browser/page.ts, which tells us what it found.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messages } from '../src/index.ts'

const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  path => existsSync(path),
)
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  '--disable-dev-shm-usage',
]
const HERE = join(import.meta.dirname, 'browser')

let dir: string
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'p9-browser-'))
  if (BROWSER === undefined) return
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: join(dir, 'site'),
      rollupOptions: {
        input: { page: join(HERE, 'page.ts'), worker: join(HERE, 'worker.ts') },
        output: { entryFileNames: '[name].js' },
      },
    },
  })
})
afterAll(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))

/** Serves the page to a browser and resolves with what it posts. */
const visit = async (browser: string): Promise<unknown> => {
  let found: (value: unknown) => void = () => {}
  const result = new Promise(resolve => {
    found = resolve
  })
  const server = createServer((request, response) => {
    if (request.url === '/result') {
      let body = ''
      request.on('data', bytes => (body += bytes))
      request.on('end', () => found(JSON.parse(body)))
      response.end()
    } else if (request.url === '/') {
      response.setHeader('content-type', 'text/html')
      response.end('<script type="module" src="/page.js"></script>')
    } else {
      const file = join(dir, 'site', request.url ?? '')
      response.setHeader('content-type', 'text/javascript')
      response.statusCode = existsSync(file) ? 200 : 404
      response.end(existsSync(file) ? readFileSync(file) : '')
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const flags = [...FLAGS, `--user-data-dir=${join(dir, 'profile')}`, `http://127.0.0.1:${port}/`]
  const env = { ...process.env, TMPDIR: dir }
  const child = spawn(browser, flags, { stdio: 'ignore', detached: true, env })
  const ended = new Promise(resolve => child.once('exit', resolve))
  try {
    return await Promise.race([result, ended.then(() => ({ error: 'the browser ended' }))])
  } finally {
    server.close()
    server.closeAllConnections()
    try {
      // With its helpers, which are in its process group.
      process.kill(-child.pid!, 'SIGKILL')
    } catch {}
    await ended
  }
}

const title = BROWSER === undefined ? 'a browser (no chromium here)' : 'a browser'
describe.skipIf(BROWSER === undefined)(title, () => {
  it('runs codec, client, and a server in a worker', { timeout: 300_000 }, async () => {
    const count = Object.keys(messages).length
    expect(await visit(BROWSER!)).toEqual({
      messages: count,
      roundTrips: 2 * count,
      hello: 'from a worker',
      said: 'grüße',
      big: 3_000_000,
      wrong: -1,
      names: ['hello', 'big', 'said', 'never', 'notes'],
      missing: 'ENOENT',
      many: 200,
      aborted: 'enough',
      removed: [],
    })
  })
})
