// exec: flags, process files, the background, terminals through a socket. (runsc tests)

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive, kill, pause } from '../processes.ts'
import { ConsoleSocket } from './console-socket.ts'
import { Containers, LOOP, RUNSC } from './containers.ts'

let containers: Containers
beforeAll(async () => {
  containers = new Containers()
  await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 'c')
})
afterAll(() => containers.remove())

const exec = (...args: string[]) => containers.run('exec', ...args)
const ended = async (pid: number) => {
  for (let tries = 0; tries < 500 && isAlive(pid); tries++) await pause(20)
  return !isAlive(pid)
}

describe('in the foreground', () => {
  it('has its output and its exit status', async () => {
    const outcome = await exec('c', 'sh', '-c', 'echo out; echo err >&2; exit 5')
    expect(outcome).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 5 })
    expect((await exec('c', 'sh', '-c', 'kill -9 $$')).status).toBe(137)
  })

  it('ends when it is told to often enough, though the sandbox is stopped', async () => {
    await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 'stopped')
    const { pid } = (await containers.stateOf('stopped'))!
    const [command = '', ...before] = RUNSC
    const args = ['--root', containers.state, 'exec', 'stopped', 'sh', '-c', 'echo on; sleep 100']
    const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    await once(child.stdout, 'data')
    kill(pid, 'SIGSTOP')
    try {
      for (let times = 0; times < 3; times++) {
        child.kill('SIGTERM')
        await pause(100)
      }
      expect(await exited).toEqual([137, null])
    } finally {
      kill(pid, 'SIGCONT')
    }
  })

  it('reads its input', async () => {
    const { stdout } = await containers.runWith({ input: 'one\ntwo\n' }, 'exec', 'c', 'cat')
    expect(stdout).toBe('one\ntwo\n')
  })

  it('flags say who it is and where', async () => {
    const flags = ['--cwd', '/tmp', '-e', 'A=1', '--env', 'B=2', '-u', '7:8', '-g', '9', '-g', '10']
    const { stdout } = await exec(...flags, 'c', 'sh', '-c', 'pwd; id -u; id -G; echo $A$B')
    expect(stdout).toBe('/tmp\n7\n8 9 10\n12\n')
  })

  it('a capability, no new privileges', async () => {
    const script = 'grep -E "CapEff|NoNewPrivs" /proc/self/status'
    const { stdout } = await exec(
      '--cap',
      'CAP_NET_ADMIN',
      '--no-new-privs',
      'c',
      'sh',
      '-c',
      script,
    )
    const [, caps = '0'] = /CapEff:\s*([0-9a-f]+)/.exec(stdout) ?? []
    expect((BigInt(`0x${caps}`) >> 12n) & 1n).toBe(1n)
    expect(stdout).toMatch(/NoNewPrivs:\s*1/)
  })

  it('a capability that there is not is a warning', async () => {
    const { status, stderr } = await exec('--cap', 'CAP_FLY', 'c', 'true')
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: 'runsc: --cap CAP_FLY: no such capability; ignored\n',
    })
  })

  it('a variable that the container has is changed, not added', async () => {
    const { stdout } = await exec(
      '-e',
      'PATH=/bin',
      '-e',
      'PATH=/sbin:/bin',
      'c',
      'sh',
      '-c',
      'env',
    )
    expect(stdout.match(/^PATH=.*/gm)).toEqual(['PATH=/sbin:/bin'])
  })

  it('HOME is that of /etc/passwd, unless it is said', async () => {
    const entries = 'printf "u:x:7:7::/home/u:\\nx:x:7:7::/no:\\n" >>/etc/passwd'
    expect((await exec('c', 'sh', '-c', entries)).status).toBe(0)
    const home = async (...flags: string[]) =>
      (await exec(...flags, 'c', 'sh', '-c', 'echo $HOME')).stdout
    expect(await home()).toBe('/root\n')
    expect(await home('-u', '7')).toBe('/home/u\n')
    expect(await home('-u', '8')).toBe('/\n')
    expect(await home('-e', 'HOME=/x', '-u', '7')).toBe('/x\n')
  })

  it('a file says all of it', async () => {
    const file = join(containers.root, 'process.json')
    const process = {
      args: ['sh', '-c', 'id -u; pwd; env'],
      env: ['ONLY=1'],
      cwd: '/bin',
      user: { uid: 3 },
    }
    writeFileSync(file, JSON.stringify(process))
    const { stdout } = await exec('--process', file, 'c')
    expect(stdout).toContain('3\n/bin\n')
    expect(stdout).toContain('ONLY=1')
    expect(stdout).not.toContain('PATH=/usr')
    writeFileSync(file, '{"cwd": "/"}')
    expect((await exec('--process', file, 'c')).stderr).toBe(
      `runsc: --process ${file}: args: expected at least one, the program\n`,
    )
  })

  it('what cannot be run is said in words that engines know', async () => {
    expect(await exec('c', '/nope')).toEqual({
      stdout: '',
      stderr: 'runsc: exec: "/nope": no such file or directory\n',
      status: 255,
    })
    expect((await exec('c', 'nope')).stderr).toContain('executable file not found in $PATH')
    const denied = await exec('c', '/etc/passwd')
    expect(denied.stderr).toContain('permission denied')
    expect(denied.status).toBe(255)
  })

  it.each([
    [['c'], 'name a command'],
    [['-u', 'root', 'c', 'true'], '--user root'],
    [['--cwd', 'tmp', 'c', 'true'], '--cwd tmp'],
    [['-e', 'X', 'c', 'true'], '--env X'],
    [['-d', '-t', 'c', 'true'], 'without setting console socket'],
    [['--console-socket', '/x', 'c', 'true'], 'without allocating tty'],
  ])('%j is refused', async (args, message) => {
    const { stderr, status } = await exec(...args)
    expect(stderr).toContain(message)
    expect(status).toBe(255)
  })
})

describe('in the background', () => {
  const pidFile = () => join(containers.root, 'exec.pid')

  it('a process on the host stands for it, gets its signals, ends with it', async () => {
    const script =
      'trap "echo term >/tmp/got; exit 9" TERM; echo up >/tmp/up; while :; do sleep 0.1; done'
    expect((await exec('-d', '--pid-file', pidFile(), 'c', 'sh', '-c', script)).status).toBe(0)
    const pid = Number(readFileSync(pidFile(), 'utf8'))
    expect(isAlive(pid)).toBe(true)
    await exec('c', 'sh', '-c', 'while [ ! -e /tmp/up ]; do sleep 0.1; done')
    kill(pid, 'SIGTERM')
    expect(await ended(pid)).toBe(true)
    expect((await exec('c', 'cat', '/tmp/got')).stdout).toBe('term\n')
  })

  it('to kill it on the host is to kill it', async () => {
    await containers.ok('exec', '-d', '--pid-file', pidFile(), 'c', 'sleep', '4321')
    const find = async () => (await containers.ok('ps', 'c')).includes('sleep 4321')
    expect(await find()).toBe(true)
    kill(Number(readFileSync(pidFile(), 'utf8')), 'SIGKILL')
    for (let tries = 0; tries < 50 && (await find()); tries++) await pause(20)
    expect(await find()).toBe(false)
  })

  it('in a paused container it waits, if it may', async () => {
    await containers.ok('pause', 'c')
    await containers.ok(
      'exec',
      '-d',
      '--ignore-paused',
      'c',
      'sh',
      '-c',
      'echo ran >/tmp/ran; sleep 9',
    )
    expect(await containers.ok('ps', 'c')).toContain('echo ran')
    await pause(300)
    expect(existsSync(join(containers.bundles.rootfs, 'tmp/ran'))).toBe(false)
    await containers.ok('resume', 'c')
    expect((await exec('c', 'sh', '-c', 'until cat /tmp/ran 2>/dev/null; do :; done')).stdout).toBe(
      'ran\n',
    )
  })

  it('what cannot be run fails at once', async () => {
    const { stderr, status } = await exec('-d', 'c', '/nope')
    expect(stderr).toBe('runsc: exec: "/nope": no such file or directory\n')
    expect(status).toBe(255)
  })

  it('its terminal goes to a socket, also below a long path', async () => {
    const console = await ConsoleSocket.listen(join(containers.root, 'x'.repeat(120)))
    const script = 'tty; stty size; read line; echo "got $line"; sleep 0.3; stty size; exit 3'
    const flags = ['-d', '-t', '--console-socket', console.path, '--pid-file', pidFile()]
    await containers.ok('exec', ...flags, 'c', 'sh', '-c', script)
    await console.shows('/dev/pts/')
    console.resize(33, 99)
    console.type('hello\r')
    await console.shows('got hello')
    await console.shows('33 99')
    expect(await ended(Number(readFileSync(pidFile(), 'utf8')))).toBe(true)
    console.close()
  })
})

describe('the output of a command that leaves something running', () => {
  const captured = (...args: string[]) =>
    promisify(execFile)(RUNSC[0]!, [...RUNSC.slice(1), '--root', containers.state, ...args])

  it('ends when the container closes its own', async () => {
    const bundle = containers.bundle(`exec >/dev/null 2>&1; ${LOOP}`, spec => {
      spec.linux = { ...spec.linux, cgroupsPath: `${spec.linux?.cgroupsPath}-q` }
    })
    expect(await captured('run', '-d', '-b', bundle, 'q')).toEqual({ stdout: '', stderr: '' })
    expect(await containers.stateOf('q')).toMatchObject({ status: 'running' })
  })

  it('ends with the command where the terminal goes to a socket', async () => {
    const console = await ConsoleSocket.listen(join(containers.root, 'tty'))
    const flags = ['-d', '--console-socket', console.path]
    const bundle = containers.bundle(LOOP, spec => {
      spec.process.terminal = true
      spec.linux = { ...spec.linux, cgroupsPath: `${spec.linux?.cgroupsPath}-t` }
    })
    expect(await captured('run', ...flags, '-b', bundle, 't')).toEqual({ stdout: '', stderr: '' })
    await console.shows('ready')
    console.close()
    const other = await ConsoleSocket.listen(join(containers.root, 'tty2'))
    const exec = ['exec', '-d', '-t', '--console-socket', other.path, 't', 'sh', '-c', LOOP]
    expect(await captured(...exec)).toEqual({ stdout: '', stderr: '' })
    await other.shows('ready')
    other.close()
    expect(await containers.stateOf('t')).toMatchObject({ status: 'running' })
  })
})

it('--cgroup joins a group that the guest has made', async () => {
  const bundle = containers.bundle(LOOP, spec => {
    spec.linux!.namespaces!.push({ type: 'cgroup' })
    spec.mounts = spec.mounts!.map(mount =>
      mount.type === 'cgroup' ? { ...mount, options: [] } : mount,
    )
    spec.linux = { ...spec.linux, cgroupsPath: `${spec.linux?.cgroupsPath}-g` }
  })
  await containers.ok('run', '-d', '-b', bundle, 'g')
  const where = (...flags: string[]) =>
    containers.run('exec', ...flags, 'g', 'sh', '-c', 'cut -d: -f3 /proc/self/cgroup | sort -u')
  const make = 'cd /sys/fs/cgroup; [ -e cgroup.procs ] || cd pids; mkdir sub'
  await containers.ok('exec', 'g', 'sh', '-c', make)
  expect((await where()).stdout).toBe('/\n')
  expect((await where('--cgroup', '/')).stdout).toBe('/\n')
  const joined = await where(
    ...(existsSync('/sys/fs/cgroup/pids') ? ['--cgroup', 'pids:sub'] : ['--cgroup', 'sub']),
  )
  expect(joined.stdout).toContain('/sub\n')
  expect((await where('--cgroup', '../x')).stderr).toBe(
    'runsc: --cgroup: ../x is not a sub cgroup path\n',
  )
  expect((await where('--cgroup', 'none')).stderr).toMatch(
    /^runsc: --cgroup: adding pid \d+ to cgroups: \/none\/cgroup.procs: no such file or directory\n$/,
  )
  expect((await where('--cgroup', 'what:/')).stderr).toBe(
    'runsc: --cgroup: unknown controller what\n',
  )
  expect((await where('--cgroup', 'a', '--cgroup', 'pids:b')).stderr).toContain('"controller:path"')
})
