// --preserve-fds and LISTEN_FDS: descriptors of the command that the program gets as well. (runsc tests)

import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { close, pipe2, SOCK_STREAM, socketpair, write } from '@tsvisor/host'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Containers, LOOP, RUNSC } from './containers.ts'

let containers: Containers
let file: string
beforeAll(async () => {
  containers = new Containers()
  file = join(containers.root, 'file')
  await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 'c')
})
afterAll(() => containers.remove())

/** A file, the reading end of a pipe with a line in it, a socket likewise. */
function three(): { fds: number[]; done: () => void } {
  writeFileSync(file, 'from a file\n')
  const [reader, writer] = pipe2(0)
  const [near, far] = socketpair(SOCK_STREAM)
  write(writer, new TextEncoder().encode('from a pipe\n'))
  write(far, new TextEncoder().encode('from a socket\n'))
  close(writer)
  const fds = [openSync(file, 'r+'), reader, near]
  return {
    fds,
    done() {
      for (const fd of [...fds, far]) close(fd)
    },
  }
}

const READ = 'read a <&3; read b <&4; read c <&5; echo $a, $b, $c; echo back >&3; ls /proc/self/fd'
const SEEN = 'from a file, from a pipe, from a socket\n0\n1\n2\n3\n4\n5\n6\n'

describe('three descriptors', () => {
  const look = async (...args: string[]) => {
    const { fds, done } = three()
    const outcome = await containers.runWith({ fds }, ...args)
    done()
    return outcome
  }

  it('run', async () => {
    const bundle = containers.bundle(READ)
    const outcome = await look('run', '--preserve-fds', '3', '-b', bundle, 'r')
    expect(outcome).toEqual({ stdout: SEEN, stderr: '', status: 0 })
    expect(readFileSync(file, 'utf8')).toBe('from a file\nback\n')
  })

  it('create, to the program that start starts', async () => {
    const bundle = containers.bundle(`(${READ}) >/tmp/seen; sleep 100`)
    expect((await look('create', '--preserve-fds', '3', '-b', bundle, 'd')).stderr).toBe('')
    await containers.ok('start', 'd')
    const wait = 'until grep -q 6 /tmp/seen 2>/dev/null; do sleep 0.1; done; cat /tmp/seen'
    expect(await containers.ok('exec', 'd', 'sh', '-c', wait)).toBe(SEEN)
  })

  it.each([[[]], [['-d']]])('exec %j', async flags => {
    const outcome = await look('exec', ...flags, '--preserve-fds', '3', 'c', 'sh', '-c', READ)
    if (flags.length > 0) {
      for (let i = 0; i < 200 && !readFileSync(file, 'utf8').includes('back'); i++)
        await new Promise(resolve => setTimeout(resolve, 20))
    } else expect(outcome).toEqual({ stdout: SEEN, stderr: '', status: 0 })
    expect(readFileSync(file, 'utf8')).toBe('from a file\nback\n')
  })

  it('not without the flag', async () => {
    const outcome = await look('exec', 'c', 'ls', '/proc/self/fd')
    expect(outcome).toEqual({ stdout: '0\n1\n2\n3\n', stderr: '', status: 0 })
  })
})

it('LISTEN_FDS passes them too, and says so inside', async () => {
  // Its own process id is in it, which nobody knows before it runs.
  const wrapper = ['sh', '-c', 'export LISTEN_PID=$$; exec "$@"', 'sh', ...RUNSC]
  const listening = new Containers(wrapper)
  const { fds, done } = three()
  const bundle = listening.bundle(
    'echo $LISTEN_FDS $LISTEN_PID; read a <&3; read b <&4; echo $a $b',
  )
  const outcome = await listening.runWith(
    { fds, env: { LISTEN_FDS: '1' } },
    ...['run', '--preserve-fds', '1', '-b', bundle, 'l'],
  )
  done()
  expect(outcome).toEqual({ stdout: '1 1\nfrom a file from a pipe\n', stderr: '', status: 0 })
  await listening.remove()
})

describe('what cannot be', () => {
  it.each(['x', '-1', '9999'])('%s is no count', async count => {
    const { stderr, status } = await containers.run('exec', '--preserve-fds', count, 'c', 'true')
    expect(stderr).toMatch(/^runsc: --preserve-fds \S+: expected a number/)
    expect(status).toBe(255)
  })

  it('a descriptor that nobody passed, or a directory', async () => {
    const { stderr } = await containers.run('exec', '--preserve-fds', '1', 'c', 'true')
    expect(stderr).toBe('runsc: --preserve-fds 1: descriptor 3 was not passed to runsc\n')
    const directory = openSync('/', 'r')
    const outcome = await containers.runWith(
      { fds: [directory] },
      ...['exec', '--preserve-fds', '1', 'c', 'true'],
    )
    closeSync(directory)
    expect(outcome.stderr).toBe(
      'runsc: --preserve-fds 1: descriptor 3 is a directory of the host, which a guest must not have\n',
    )
  })
})
