// node: worker threads, child processes, files, streams, timers

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { gunzipSync, gzipSync } from 'node:zlib'

if (!isMainThread) {
  let n = 0
  for (let i = 0; i < 1e6; i++) n += i % workerData
  parentPort.postMessage(n)
} else {
  const file = new URL(import.meta.url)
  const results = await Promise.all(
    [3, 5, 7].map(async d => (await once(new Worker(file, { workerData: d }), 'message'))[0]),
  )
  console.log('workers', results)
  console.log(execFileSync('sh', ['-c', 'echo child; exit 0']).toString().trim())
  const cat = spawn('cat')
  cat.stdin.end('through cat')
  let text = ''
  for await (const c of cat.stdout) text += c
  console.log(text, (await once(cat, 'close'))[0])
  const dir = mkdtempSync('/tmp/node-')
  writeFileSync(`${dir}/a`, 'x'.repeat(100000))
  console.log(
    readFileSync(`${dir}/a`).length,
    (await readFile(`${dir}/a`)).length,
    await readdir(dir),
  )
  let bytes = 0
  for await (const c of createReadStream(`${dir}/a`)) bytes += c.length
  console.log(bytes)
  const server = createServer(s => s.pipe(s)).listen(`${dir}/s`)
  await once(server, 'listening')
  const c = connect(`${dir}/s`)
  c.end('echo')
  let back = ''
  for await (const d of c) back += d
  console.log(back)
  server.close()
  console.log(
    createHash('sha256')
      .update(gunzipSync(gzipSync(Buffer.alloc(1e6, 7))))
      .digest('hex'),
  )
  await new Promise(r => setTimeout(r, 20))
  rmSync(dir, { recursive: true })
  process.on('exit', code => console.log('exit', code))
  const killed = spawn('sleep', ['10'])
  killed.kill('SIGTERM')
  console.log((await once(killed, 'exit'))[1])
}
