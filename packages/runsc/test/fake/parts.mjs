// Stands in for the sandbox process and the gofer: does what the scenario says. (runsc tests)
// Arguments: scenario, then `boot` or `gofer`, as the command starts its own parts.

import { spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'

const [scenario, part] = process.argv.slice(2)
const fd = part === 'boot' ? 3 : 4
const idle = new Int32Array(new SharedArrayBuffer(4))

// The test's /proc: this process may be the first of a pid namespace.
const pid = readlinkSync('/proc/self')
if (process.env.HOME) appendFileSync(`${process.env.HOME}/pids`, `${pid}\n`)

function send(message) {
  const body = Buffer.from(JSON.stringify(message))
  const header = Buffer.alloc(4)
  header.writeUInt32LE(body.length)
  writeSync(3, Buffer.concat([header, body]))
}

function exactly(length) {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    const got = readSync(fd, bytes, at, length - at)
    if (got === 0) process.exit(0)
    at += got
  }
  return bytes
}
const receive = () => JSON.parse(exactly(exactly(4).readUInt32LE(0)).toString())
const leave = status => {
  send({ type: 'exited', status })
  process.exit(status)
}
const stay = () => Atomics.wait(idle, 0, 0)
/** Not by itself: nothing in a pid namespace can kill its first process. The driver does it. */
const beKilled = () => {
  // Whole at once: an empty file would be read as 0, which is everybody in the driver's group.
  const wish = `${process.env.HOME}/kill`
  writeFileSync(`${wish}.new`, `${pid}\n`)
  renameSync(`${wish}.new`, wish)
  stay()
}

const gofers = {
  dies: beKilled,
  fails: () => process.exit(3),
}

const boots = {
  status: ({ process: { args } }) => leave(Number(args[1])),
  config: config => {
    writeSync(1, JSON.stringify(config))
    leave(0)
  },
  requests: () => {
    writeSync(1, 'ready\n')
    for (;;) {
      const request = receive()
      writeSync(1, `${JSON.stringify(request)}\n`)
      if (request.type === 'terminate') leave(137)
      if (request.signo === 15) leave(143)
    }
  },
  stay,
  killed: beKilled,
  silent: () => process.exit(9),
  garbage: () => {
    writeSync(3, Buffer.from([255, 255, 255, 255, 1]))
    stay()
  },
  nonsense: () => {
    send({ type: 'exited', status: 'x' })
    stay()
  },
  fatal: () => {
    send({ type: 'fatal', message: 'exec: "nope": no such file or directory', status: 127 })
    stay()
  },
  family: () => {
    const pids = `${process.env.HOME}/pids`
    const script = 'read -r pid rest </proc/self/stat; echo $pid >>"$0"; exec sleep 300'
    spawn('sh', ['-c', script, pids], { stdio: 'ignore' })
    // The gofer may be slower.
    while (readFileSync(pids, 'utf8').trim().split('\n').length < 3) Atomics.wait(idle, 0, 0, 10)
    leave(0)
  },
  tty: ({ process: { terminal, consoleSize } }) => {
    writeSync(1, `${JSON.stringify({ terminal, consoleSize })}\n`)
    spawnSync('stty', ['-a'], { stdio: 'inherit' })
    leave(0)
  },
  connected: () => {
    writeSync(4, 'over 9P')
    stay()
  },
}

if (part === 'gofer') {
  const config = receive()
  if (scenario.startsWith('gofer-')) gofers[scenario.slice('gofer-'.length)]()
  if (scenario === 'connected') {
    const bytes = Buffer.alloc(100)
    // Blocking: there is no EAGAIN while nothing has come.
    const text = bytes.toString('utf8', 0, readSync(3, bytes))
    writeSync(2, `gofer got ${text} for ${config.trees[0].path}\n`)
    process.exit(4)
  }
  // Like the real one: over when the sandbox process is.
  readSync(3, Buffer.alloc(1))
} else {
  const { config } = receive()
  send({ type: 'started' })
  send({ type: 'log', level: 'warning', message: 'from the sandbox' })
  ;(boots[scenario] ?? stay)(config)
}
