// The sandbox process as its clients see it, through the control socket. (runsc tests)

import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { ReadStream } from 'node:tty'
import { close, getTermios, makeRaw, openpty, setTermios, setWindowSize } from '@tsvisor/host'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../src/boot/frames.ts'
import { Background, endAll, nowhere, Pipe } from './background.ts'
import { Bundles } from './bundle.ts'
import { kill, pause } from './processes.ts'

const bundles = new Bundles()
afterEach(endAll)
afterAll(() => bundles.remove())

const shell = (script: string): string =>
  bundles.make(spec => {
    spec.process.args = ['sh', '-c', script]
  })

const SLEEPER = 'trap "exit 7" TERM; while :; do sleep 1; done'

/** Its first process has a handler for SIGTERM. */
const trapped = (sandbox: Background) =>
  sandbox.sh('until grep -qE "^SigCgt:.{13}[4-7c-f]" /proc/1/status; do sleep 0.01; done')

/** The host's side of a terminal. */
class Screen {
  readonly #stream: ReadStream
  /** The other side is closed. */
  readonly hungUp: Promise<void>
  #text = ''

  constructor(master: number) {
    this.#stream = new ReadStream(master)
    this.#stream.setEncoding('latin1')
    this.#stream.on('data', data => {
      this.#text += data
    })
    this.hungUp = new Promise<void>(resolve => {
      this.#stream.on('error', () => resolve())
      this.#stream.on('end', () => resolve())
    })
  }

  type(keys: string): void {
    this.#stream.write(keys)
  }

  async shows(what: string): Promise<void> {
    for (let i = 0; i < 500 && !this.#text.includes(what); i++) await pause(20)
    expect(this.#text).toContain(what)
  }

  hangUp(): void {
    this.#stream.destroy()
  }
}

describe('the life of a container', () => {
  it('created, running, stopped; the process exits with the status', async () => {
    const sandbox = await Background.create(shell('exit 42'))
    const client = sandbox.connect()
    expect(await client.request({ type: 'state' }, 'state')).toEqual({
      type: 'state',
      state: 'created',
    })
    const waiter = sandbox.connect()
    await waiter.request({ type: 'wait' }, 'done')
    await client.request({ type: 'start' }, 'done')
    expect(await waiter.ended()).toEqual({ type: 'exited', status: 42 })
    expect(await sandbox.command.ended()).toEqual({ type: 'exited', status: 42 })
    expect(await sandbox.exit()).toBe(42)
  })

  it.each([
    ['nope', 'exec: "nope": executable file not found in $PATH', 127],
    ['/nope', 'exec: "/nope": no such file or directory', 127],
    ['/etc', 'exec: "/etc": permission denied', 126],
  ])('a missing command fails at create: %s', async (command, message, status) => {
    const bundle = bundles.make(spec => {
      spec.process.args = [command]
    })
    await expect(Background.create(bundle)).rejects.toMatchObject({ message, status })
  })

  it.each(['init', 'all'] as const)('kill of one that was never started: %s', async target => {
    const sandbox = await Background.create(shell('exit 1'))
    const client = sandbox.connect()
    await client.request({ type: 'signal', signo: 15, target }, 'done')
    expect(await sandbox.exit()).toBe(143)
  })

  it('signals reach the first process; a second start is refused', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const client = sandbox.connect()
    await expect(client.request({ type: 'start' }, 'done')).rejects.toThrow(
      'cannot start an already running container',
    )
    await trapped(sandbox)
    await client.request({ type: 'signal', signo: 15, target: 'init' }, 'done')
    expect(await sandbox.exit()).toBe(7)
  })

  it('signals to the sandbox process are meant for the container', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    await trapped(sandbox)
    kill(sandbox.processes.boot.pid, 'SIGTERM')
    expect(await sandbox.exit()).toBe(7)
  })
})

describe('exec', () => {
  it('runs processes beside the first, as configured', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    expect(await sandbox.sh('echo out; echo err >&2; exit 3')).toMatchObject({
      output: 'out\nerr\n',
      status: 3,
    })
    const script =
      'id; pwd; echo $A; umask; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; ulimit -n'
    const { output } = await sandbox.sh(script, {
      cwd: '/tmp',
      env: ['PATH=/bin', 'A=b c'],
      user: { uid: 12, gid: 34, additionalGids: [56, 78], umask: 0o77 },
      rlimits: [{ type: 'RLIMIT_NOFILE', soft: 99, hard: 99 }],
      noNewPrivileges: true,
      capabilities: {
        ...{ bounding: ['CAP_KILL'], effective: ['CAP_KILL'], inheritable: ['CAP_KILL'] },
        ...{ permitted: ['CAP_KILL'], ambient: ['CAP_KILL'] },
      },
    })
    expect(output).toBe(
      `uid=12 gid=34 groups=56,78\n/tmp\nb c\n0077\n` +
        'CapEff:\t0000000000000020\nNoNewPrivs:\t1\n99\n',
    )
  })

  it('sees the container, and is seen in it', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const { output, pid } = await sandbox.sh('echo $$ $PPID; cat /proc/1/comm; ls -d /proc/$$')
    expect(output).toBe(`${pid} 0\nsh\n/proc/${pid}\n`)
  })

  it.each([
    [{ args: ['nope'] }, 'exec: "nope": executable file not found in $PATH', 127],
    [{ args: ['/tmp'] }, 'exec: "/tmp": permission denied', 126],
    [{ cwd: '/nope' }, 'chdir to cwd ("/nope") failed: no such file or directory', 128],
  ])('%j fails as runc does', async (change, message, status) => {
    const sandbox = await Background.start(shell(SLEEPER))
    await expect(sandbox.exec(['true'], change)).rejects.toMatchObject({ message, status })
  })

  it('many at once, each with its own status', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const all = Array.from({ length: 20 }, (_, n) => sandbox.sh(`sleep 0.1; echo ${n}; exit ${n}`))
    const ended = await Promise.all(all)
    expect(ended.map(({ status, output }) => [status, output])).toEqual(
      Array.from({ length: 20 }, (_, n) => [n, `${n}\n`]),
    )
    expect(new Set(ended.map(({ pid }) => pid)).size).toBe(20)
  })
})

describe('a console', () => {
  it('is the controlling terminal of the sandbox process: size, keys and hang-up reach the guest', async () => {
    const { master, slave } = openpty()
    setWindowSize(master, { rows: 11, columns: 22, xPixels: 0, yPixels: 0 })
    const script =
      'trap "stty size" WINCH; trap "exit 6" HUP; tty; stty size; while :; do read l; echo "[$l]"; done'
    const bundle = bundles.make(spec => {
      spec.process.args = ['sh', '-c', script]
      spec.process.terminal = true
    })
    const sandbox = await Background.start(bundle, {
      passed: { stdin: slave, stdout: slave, stderr: slave },
    })
    close(slave)
    const screen = new Screen(master)
    await screen.shows('/dev/pts/0\r\n11 22\r\n')
    screen.type('abc\r')
    await screen.shows('abc\r\n[abc]\r\n')
    setWindowSize(master, { rows: 33, columns: 44, xPixels: 0, yPixels: 0 })
    await screen.shows('33 44')
    screen.hangUp()
    expect(await sandbox.exit()).toBe(6)
  })
})

describe('exec with a terminal', () => {
  /** Runs a script on a terminal; `type` and `screen` are its host side. */
  async function onTerminal(sandbox: Background, script: string) {
    const { master, slave } = openpty()
    setTermios(slave, makeRaw(getTermios(slave)), 'now')
    const client = sandbox.connect()
    const started = client.request(
      {
        type: 'exec',
        process: {
          ...sandbox.process,
          ...{ args: ['sh', '-c', script], terminal: true, consoleSize: { rows: 5, columns: 6 } },
        },
      },
      'started',
      { stdin: slave, stdout: slave, stderr: slave },
    )
    const { pid } = await started
    close(slave)
    return { client, pid, screen: new Screen(master) }
  }

  it("is the process's own, of the right size, and hung up at the end", async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const it = await onTerminal(
      sandbox,
      'trap "stty size" WINCH; tty; stty size; read line; echo "got $line"; read rest; exit 4',
    )
    await it.screen.shows('/dev/pts/0\r\n5 6\r\n')
    it.screen.type('abc\r')
    await it.screen.shows('abc\r\ngot abc\r\n')
    await it.client.request({ type: 'winsize', rows: 30, columns: 90 }, 'done')
    it.screen.type('\r')
    expect(await it.client.ended()).toMatchObject({ status: 4 })
    await it.screen.shows('30 90')
    await it.screen.hungUp
  })

  it("Ctrl-C is the terminal's, a signal the process's", async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const it = await onTerminal(
      sandbox,
      'trap "echo interrupted" INT; echo ready; while :; do read line; done',
    )
    await it.screen.shows('ready')
    it.screen.type('\x03')
    await it.screen.shows('interrupted')
    await it.client.request({ type: 'signal', signo: 9, target: 'exec' }, 'done')
    expect(await it.client.ended()).toMatchObject({ status: 137 })
  })

  it("the end of the host's side is a hang-up", async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const it = await onTerminal(sandbox, 'echo ready; sleep 60')
    await it.screen.shows('ready')
    it.screen.hangUp()
    expect(await it.client.ended()).toMatchObject({ status: 129 })
  })
})

describe('pause', () => {
  it('holds all processes until resume', async () => {
    const sandbox = await Background.start(
      shell('n=0; while :; do n=$((n+1)); echo $n > /tmp/count; done'),
    )
    const client = sandbox.connect()
    await client.request({ type: 'pause' }, 'done')
    expect(await client.request({ type: 'state' }, 'state')).toMatchObject({ state: 'paused' })
    await expect(sandbox.sh('true')).rejects.toThrow('cannot exec in a paused container')
    await expect(client.request({ type: 'pause' }, 'done')).rejects.toThrow('container not running')
    const cpu = async () => (await client.request({ type: 'stats' }, 'stats')).stats.cpuTimeNs
    const before = await cpu()
    await pause(300)
    expect(await cpu()).toBe(before)
    await client.request({ type: 'resume' }, 'done')
    await expect(client.request({ type: 'resume' }, 'done')).rejects.toThrow(
      'container is not paused',
    )
    await pause(300)
    expect(await cpu()).toBeGreaterThan(before)
    await client.request({ type: 'pause' }, 'done')
    await client.request({ type: 'signal', signo: 9, target: 'init' }, 'done')
    expect(await sandbox.exit()).toBe(137)
  })
})

describe('questions', () => {
  it('ps, stats, stacks, strace', async () => {
    const sandbox = await Background.start(shell('sleep 1000 & exec sleep 2000'))
    await sandbox.sh('until pidof sleep | grep -q " "; do :; done')
    const client = sandbox.connect()
    const { list } = await client.request({ type: 'ps' }, 'processes')
    const shown = list.map(({ user, ppid, command, threads }) => [user, ppid, command, threads])
    expect(shown).toEqual([
      ['root', 0, 'sleep 2000', 1],
      ['root', 1, 'sleep 1000', 1],
    ])
    expect(Math.abs(Date.now() - list[0]!.startTimeMs)).toBeLessThan(60_000)
    const { stats } = await client.request({ type: 'stats' }, 'stats')
    expect(stats.pids).toEqual({ current: 2, limit: null })
    expect(stats.memory.usageBytes).toBeGreaterThan(4096)
    const { text } = await client.request({ type: 'stacks' }, 'text')
    expect(text).toMatch(/^\[1\] sleep \(process 1 in c1\): sleeping in (clock_)?nanosleep\(0x/m)
    const log = new Pipe()
    await client.request({ type: 'strace', enabled: true }, 'done', { log: log.writer })
    log.closeWriter()
    await sandbox.sh('exit 5')
    await client.request({ type: 'strace', enabled: false }, 'done', { log: nowhere })
    expect(await log.text()).toMatch(/exit_group\(5\)/)
  })

  it('limits', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const client = sandbox.connect()
    await client.request({ type: 'update', limits: { pids: 3, memoryBytes: 1 << 30 } }, 'done')
    const { stats } = await client.request({ type: 'stats' }, 'stats')
    expect(stats.pids.limit).toBe(3)
    expect(stats.memory.limitBytes).toBe(1 << 30)
    expect((await sandbox.sh('sleep 9 & sleep 9 & sleep 9')).output).toContain(
      "can't fork: Resource temporarily unavailable",
    )
  })
})

/** Its descriptors are nobody's business but root's. */
const isRoot = process.getuid!() === 0

describe('clients', () => {
  const descriptors = (sandbox: Background) =>
    readdirSync(`/proc/${sandbox.processes.boot.pid}/fd`).length

  it.skipIf(!isRoot)('(root) 300 execs leave no descriptor behind', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    await sandbox.sh('true')
    const before = descriptors(sandbox)
    for (let round = 0; round < 30; round++)
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          n === 0
            ? expect(sandbox.exec(['nope'])).rejects.toThrow('executable file not found')
            : sandbox.exec(['true']),
        ),
      )
    // Who has just hung up is noticed a moment later.
    for (let i = 0; i < 100 && descriptors(sandbox) > before; i++) await pause(20)
    expect(descriptors(sandbox)).toBeLessThanOrEqual(before)
    const client = sandbox.connect()
    const { stats } = await client.request({ type: 'stats' }, 'stats')
    expect(stats.pids.current).toBeLessThanOrEqual(2)
  })

  it('go at any time; what they started lives on, its status is kept', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const client = sandbox.connect()
    const { pid } = await client.request(
      { type: 'exec', process: { ...sandbox.process, args: ['sh', '-c', 'sleep 0.5; exit 9'] } },
      'started',
      { stdin: nowhere, stdout: nowhere, stderr: nowhere },
    )
    client.close()
    const early = sandbox.connect()
    await early.request({ type: 'wait', pid: pid! }, 'done')
    await expect(early.request({ type: 'wait' }, 'done')).rejects.toThrow('waits for a process')
    early.close()
    await pause(1000)
    const late = sandbox.connect()
    await late.request({ type: 'wait', pid: pid! }, 'done')
    expect(await late.ended()).toMatchObject({ status: 9 })
    await expect(late.request({ type: 'wait', pid: pid! }, 'done')).rejects.toThrow(
      'no such process',
    )
  })

  it.skipIf(!isRoot)(
    '(root) that talk nonsense, stop to read or send too much harm nobody',
    async () => {
      const sandbox = await Background.start(shell(SLEEPER))
      const before = descriptors(sandbox)
      const path = `${sandbox.directory}/control.sock`
      const strangers = [
        'GET / HTTP/1.1\r\n\r\n',
        Uint8Array.of(255, 255, 255, 255),
        Uint8Array.of(4, 0, 0, 0, 0x7b, 0x7b, 0x7b, 0x7b),
        Uint8Array.of(100, 0, 0, 0, 1),
        encodeFrame({ type: 'boot', config: {} }),
        encodeFrame({ type: 'exec', passes: ['stdin', 'stdin'], process: {} }),
        encodeFrame([null]),
      ].map(bytes => {
        const socket = connect(path)
        socket.on('error', () => {})
        socket.resume()
        socket.write(bytes)
        return socket
      })
      const deaf = connect(path)
      deaf.on('error', () => {})
      deaf.pause()
      const stacks = encodeFrame({ type: 'stacks' })
      for (let i = 0; i < 20_000; i++) deaf.write(stacks)
      expect((await sandbox.sh('echo fine')).output).toBe('fine\n')
      for (const socket of [...strangers, deaf]) socket.destroy()
      const client = sandbox.connect()
      await client.request({ type: 'stacks' }, 'text')
      client.close()
      for (let i = 0; i < 100 && descriptors(sandbox) > before; i++) await pause(20)
      expect(descriptors(sandbox)).toBeLessThanOrEqual(before)
      expect(sandbox.log.filter(line => line.startsWith('error'))).toEqual([])
    },
  )

  it('with no gofer there is no container', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    kill(sandbox.processes.gofer.pid, 'SIGKILL')
    expect(await sandbox.exit()).toBe(128)
    await expect(sandbox.command.ended()).rejects.toThrow('the gofer is gone')
  })
})

describe('a pod', () => {
  const member = (script: string) =>
    bundles.make(spec => {
      spec.hostname = 'member'
      spec.process.args = ['sh', '-c', script]
    })

  it('has containers with files and process numbers of their own', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const one = await sandbox.add(member('echo mine > /tmp/own; exec sleep 1000'), 'one')
    const client = sandbox.connect()
    const state = async (container: string) =>
      (await client.request({ type: 'state', container }, 'state')).state
    expect(await state('one')).toBe('created')
    await client.request({ type: 'start', container: 'one' }, 'done')
    expect(await state('one')).toBe('running')
    const look = 'until pidof sleep > /dev/null; do :; done; echo $(pidof sleep); hostname'
    const { output: hostname } = await sandbox.sh('hostname')
    expect((await sandbox.sh(look, {}, 'one')).output).toBe(`1\n${hostname}`)
    const processes = await client.request({ type: 'ps', container: 'one' }, 'processes')
    expect(processes.list.map(({ pid, command }) => [pid, command])).toEqual([[1, 'sleep 1000']])
    expect((await sandbox.sh('cat /proc/*/cmdline; ls /tmp')).output).not.toContain('1000')
    await expect(client.request({ type: 'state', container: 'two' }, 'state')).rejects.toThrow(
      'container does not exist',
    )
    await expect(sandbox.add(member('true'), 'one')).rejects.toThrow(
      'container with given ID already exists',
    )
    await expect(client.request({ type: 'destroy', container: 'one' }, 'done')).rejects.toThrow(
      'container is running',
    )
    await client.request({ type: 'signal', container: 'one', signo: 9, target: 'init' }, 'done')
    expect(await one.exited).toBe(137)
    expect(await client.request({ type: 'state', container: 'one' }, 'state')).toMatchObject({
      ...{ state: 'stopped', status: 137 },
    })
    await expect(sandbox.sh('true', {}, 'one')).rejects.toThrow(
      'cannot exec in a stopped container',
    )
    await client.request({ type: 'destroy', container: 'one' }, 'done')
    expect((await sandbox.sh('echo alive')).output).toBe('alive\n')
    const again = await sandbox.add(member('exit 3'), 'one')
    await client.request({ type: 'start', container: 'one' }, 'done')
    expect(await again.exited).toBe(3)
  })

  it('shares process numbers where it is asked to, and ends with the first', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const namespaces = { pid: 'sandbox', uts: 'own', ipc: 'sandbox' } as const
    const one = await sandbox.add(member('sleep 1000'), 'one', { namespaces })
    const client = sandbox.connect()
    await client.request({ type: 'start', container: 'one' }, 'done')
    expect((await sandbox.sh('hostname; cat /proc/1/cmdline', {}, 'one')).output).toMatch(
      /^member\nsh\0-c\0trap/,
    )
    await client.request({ type: 'signal', signo: 9, target: 'init' }, 'done')
    expect(await one.exited).toBe(137)
    expect(await sandbox.exit()).toBe(137)
  })

  it('loses only the container whose gofer is gone', async () => {
    const sandbox = await Background.start(shell(SLEEPER))
    const one = await sandbox.add(member('sleep 1000'), 'one')
    const client = sandbox.connect()
    await client.request({ type: 'start', container: 'one' }, 'done')
    kill(one.gofer.pid, 'SIGKILL')
    expect(await one.exited).toBe(137)
    expect((await sandbox.sh('echo alive')).output).toBe('alive\n')
  })
})

describe('startContainer hooks', () => {
  const hook = (script: string, timeout?: number) => ({
    ...{ path: '/bin/sh', args: ['sh', '-c', script], env: ['A=b'] },
    ...(timeout !== undefined && { timeout }),
  })

  it('run in the container, with the state, before its process', async () => {
    const hooks = [hook('cat > /tmp/state; echo $A >> /tmp/state'), hook('echo two >> /tmp/state')]
    const sandbox = await Background.create(shell('cat /tmp/state > /tmp/seen; sleep 1000'), {
      change: { startHooks: hooks },
    })
    const client = sandbox.connect()
    await client.request({ type: 'start', state: '{"id":"c1"}' }, 'done')
    const { output } = await sandbox.sh('until grep -q two /tmp/seen; do :; done; cat /tmp/seen')
    expect(output).toBe('{"id":"c1"}b\ntwo\n')
  })

  it.each([
    [hook('echo oops >&2; exit 3'), 'exit status 3: oops'],
    [hook('sleep 100', 1), 'killed after 1 seconds'],
    [{ ...hook(''), path: '/nope' }, 'no such file or directory'],
    [hook('kill -SEGV $$'), 'killed by SIGSEGV'],
  ])('that fail stop the container: %j', async (each, reason) => {
    const sandbox = await Background.create(shell('exit 0'), { change: { startHooks: [each] } })
    const client = sandbox.connect()
    await expect(client.request({ type: 'start' }, 'done')).rejects.toThrow(
      `error running hook: startContainer ${each.path}: ${reason}`,
    )
    expect(await sandbox.exit()).toBe(137)
  })
})
