// Containers in the sandbox of another one, as containerd, CRI-O and podman ask for them. (runsc tests)

import { spawn } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../bundle.ts'
import { isAlive, kill, pause } from '../processes.ts'
import { ConsoleSocket } from './console-socket.ts'
import { Containers, LOOP } from './containers.ts'

const FAMILIES = {
  containerd: ['io.kubernetes.cri.container-type', 'io.kubernetes.cri.sandbox-id'],
  'CRI-O': ['io.kubernetes.cri-o.ContainerType', 'io.kubernetes.cri-o.SandboxID'],
} as const

let containers: Containers
beforeAll(() => void (containers = new Containers()))
afterAll(() => containers.remove())

/** What makes a container one of the sandbox `s`. */
const inPod =
  (
    more: Change = () => {},
    [type, sandbox]: readonly [string, string] = FAMILIES.containerd,
  ): Change =>
  spec => {
    spec.annotations = { [type]: 'container', [sandbox]: 's' }
    delete spec.hostname
    more(spec)
  }

const member = (script: string, more?: Change) => containers.bundle(script, inPod(more))
const exec = async (id: string, script: string) => containers.ok('exec', id, 'sh', '-c', script)
const pidOf = async (id: string) => (await containers.stateOf(id))!.pid
const ended = async (pid: number) => {
  for (let tries = 0; tries < 500 && isAlive(pid); tries++) await pause(20)
  return !isAlive(pid)
}
/** Joins the namespace that a process on the host is in. */
const joining =
  (type: 'pid' | 'uts' | 'network' | 'ipc', pid: number): Change =>
  spec => {
    const path = `/proc/${pid}/ns/${type === 'network' ? 'net' : type}`
    spec.linux!.namespaces = spec.linux!.namespaces!.filter(it => it.type !== type)
    spec.linux!.namespaces.push({ type, path })
  }

describe('a container of a pod', () => {
  beforeEach(async () => {
    const sandbox = containers.bundle(LOOP, spec => {
      spec.hostname = 'pod'
      spec.annotations = { [FAMILIES.containerd[0]]: 'sandbox' }
    })
    await containers.ok('run', '-d', '-b', sandbox, 's')
  })
  afterEach(async () => {
    const ids = (await containers.ok('list', '-q')).split('\n').filter(id => id !== '')
    for (const id of ids) await containers.ok('delete', '--force', id)
  })

  it.each(Object.entries(FAMILIES))(
    'by the annotations of %s: one kernel, files and processes of its own',
    async (_, family) => {
      const bundle = containers.bundle(
        'echo mine >/tmp/own; exec sleep 1000',
        inPod(undefined, family),
      )
      await containers.ok('create', '-b', bundle, 'm')
      expect((await containers.stateOf('m'))!.status).toBe('created')
      await containers.ok('start', 'm')
      expect((await containers.stateOf('m'))!.status).toBe('running')
      const boot = 'cat /proc/sys/kernel/random/boot_id; hostname'
      expect(await exec('m', boot)).toBe(await exec('s', boot))
      expect(await exec('m', 'until pidof sleep; do :; done')).toMatch(/^1\n/)
      expect(await exec('s', 'cat /proc/*/cmdline 2>/dev/null || :')).not.toContain('1000')
    },
  )

  it('shares the network, and System V memory', async () => {
    const bundle = member('exec sleep 1000', joining('ipc', await pidOf('s')))
    await containers.ok('run', '-d', '-b', bundle, 'm')
    await containers.ok('exec', '-d', 's', 'nc', '-l', '-p', '80', '-e', 'echo', 'hello')
    expect(await exec('m', 'until nc 127.0.0.1 80; do sleep 0.1; done')).toBe('hello\n')
    const before = await exec('m', 'cat /proc/sysvipc/shm | wc -l')
    expect(await exec('s', 'cat /proc/sysvipc/shm | wc -l')).toBe(before)
    const ipc = 'readlink /proc/self/ns/ipc'
    expect(await exec('m', ipc)).toBe(await exec('s', ipc))
  })

  it('has an IPC namespace of its own where its configuration says so', async () => {
    await containers.ok('run', '-d', '-b', member('exec sleep 1000'), 'm')
    const [ipc, net] = ['readlink /proc/self/ns/ipc', 'readlink /proc/self/ns/net']
    expect(await exec('m', ipc)).not.toBe(await exec('s', ipc))
    expect(await exec('m', net)).toBe(await exec('s', net))
  })

  it('has its own life: a pid on the host that ends with its status, exec, ps, pause, signals', async () => {
    const file = join(containers.root, 'm.pid')
    const script = 'trap "exit 9" TERM; while :; do sleep 0.1; done'
    await containers.ok('run', '-d', '--pid-file', file, '-b', member(script), 'm')
    const pid = Number(readFileSync(file, 'utf8'))
    expect(pid).toBe(await pidOf('m'))
    expect(pid).not.toBe(await pidOf('s'))
    expect(JSON.parse(await containers.ok('ps', '--format', 'json', 'm'))).toEqual([pid])
    expect(await containers.ok('ps', 'm')).toContain(script)
    const { data } = JSON.parse(await containers.ok('events', '--stats', 'm'))
    expect(data.pids.current).toBe(2)
    expect(data.cpu.usage.total).toBeGreaterThan(0)
    await containers.ok('pause', 'm')
    expect((await containers.stateOf('m'))!.status).toBe('paused')
    expect(await exec('s', 'echo alive')).toBe('alive\n')
    await containers.ok('resume', 'm')
    const waiting = containers.ok('wait', 'm')
    await exec('m', 'until grep -qE "^SigCgt:.{13}[4-7c-f]" /proc/1/status; do sleep 0.01; done')
    await containers.ok('kill', 'm', 'TERM')
    expect(JSON.parse(await waiting)).toEqual({ id: 'm', exitStatus: 9 })
    expect(await ended(pid)).toBe(true)
    expect((await containers.stateOf('m'))!.status).toBe('stopped')
    expect((await containers.run('kill', 'm', 'TERM')).stderr).toContain('container not running')
    await containers.ok('delete', 'm')
    expect(await containers.stateOf('m')).toBeUndefined()
    expect((await containers.stateOf('s'))!.status).toBe('running')
    await containers.ok('run', '-d', '-b', member('exit 3'), 'm')
    await containers.until('m', 'stopped')
  })

  it('signals to its process on the host are its own', async () => {
    const script = 'trap "echo term >/tmp/got-$$" TERM; while :; do sleep 0.1; done'
    await containers.ok('run', '-d', '-b', member(script), 'm')
    await exec('m', 'until grep -qE "^SigCgt:.{13}[4-7c-f]" /proc/1/status; do sleep 0.01; done')
    kill(await pidOf('m'), 'SIGTERM')
    expect(await exec('m', 'until cat /tmp/got-1 2>/dev/null; do sleep 0.1; done')).toBe('term\n')
    const pid = await pidOf('m')
    kill(pid, 'SIGKILL')
    expect(await ended(pid)).toBe(true)
    await containers.until('m', 'stopped')
    expect(await exec('s', 'echo alive')).toBe('alive\n')
  })

  it('in the foreground', async () => {
    const bundle = member('cat; echo out; echo err >&2; exit 5')
    const outcome = await containers.runWith({ input: 'in\n' }, 'run', '-b', bundle, 'm')
    expect(outcome).toEqual({ stdout: 'in\nout\n', stderr: 'err\n', status: 5 })
    expect(await containers.stateOf('m')).toBeUndefined()
    const missing = member('', spec => void (spec.process.args = ['nope']))
    expect(await containers.run('run', '-b', missing, 'm')).toEqual({
      ...{ stdout: '', status: 127 },
      stderr: 'runsc: exec: "nope": executable file not found in $PATH\n',
    })
    expect(await containers.stateOf('m')).toBeUndefined()
  })

  it('its terminal goes to a socket, and follows its size', async () => {
    const console = await ConsoleSocket.listen(join(containers.root, 'console'))
    const script =
      'tty; stty size; read line; echo "got $line"; until stty size | grep 99; do sleep 0.1; done; exit 3'
    const bundle = member(script, spec => {
      spec.process.terminal = true
      spec.process.consoleSize = { height: 11, width: 22 }
    })
    await containers.ok('run', '-d', '--console-socket', console.path, '-b', bundle, 'm')
    const pid = await pidOf('m')
    await console.shows('/dev/pts/0')
    await console.shows('11 22')
    console.resize(33, 99)
    console.type('hello\r')
    await console.shows('got hello')
    await console.shows('33 99')
    expect(await ended(pid)).toBe(true)
    console.close()
  })

  it('joins the process numbers of the sandbox, or of another container of it', async () => {
    await containers.ok(
      'run',
      '-d',
      '-b',
      member('exec sleep 500', joining('pid', await pidOf('s'))),
      'm',
    )
    expect(await exec('m', 'cat /proc/1/cmdline')).toContain('trap')
    await containers.ok('run', '-d', '-b', member('exec sleep 600'), 'n')
    await containers.ok(
      'run',
      '-d',
      '-b',
      member('exec sleep 700', joining('pid', await pidOf('n'))),
      'o',
    )
    expect(await exec('o', 'cat /proc/1/cmdline')).toBe('sleep\x00600\x00')
    // It ends alone.
    await containers.ok('delete', '--force', 'o')
    expect((await containers.stateOf('n'))!.status).toBe('running')
  })

  it('has a host name of its own where it asks for one', async () => {
    await containers.ok(
      'run',
      '-d',
      '-b',
      member('exec sleep 500', spec => void (spec.hostname = 'own')),
      'm',
    )
    expect(await exec('m', 'hostname')).toBe('own\n')
    expect(await exec('s', 'hostname')).toBe('pod\n')
    const bundle = member('exec sleep 500', joining('uts', await pidOf('s')))
    await containers.ok('run', '-d', '-b', bundle, 'n')
    expect(await exec('n', 'hostname')).toBe('pod\n')
  })

  it('has a cgroup and hooks of its own', async ({ skip }) => {
    const seen = join(containers.root, 'hook')
    const own = `${basename(containers.root)}-own`
    const bundle = member('exec sleep 500', spec => {
      spec.linux!.cgroupsPath = `/${own}`
      const args = ['sh', '-c', `cat >>${seen}`]
      spec.hooks = {
        createRuntime: [{ path: '/bin/sh', args }],
        startContainer: [{ path: '/bin/sh', args: ['sh', '-c', 'echo inside >/tmp/hook'] }],
      }
    })
    await containers.ok('run', '-d', '-b', bundle, 'm')
    const pid = await pidOf('m')
    expect(JSON.parse(readFileSync(seen, 'utf8'))).toMatchObject({
      id: 'm',
      status: 'creating',
      pid,
    })
    expect(await exec('m', 'cat /tmp/hook')).toBe('inside\n')
    skip(process.getuid!() !== 0, 'its cgroup needs root')
    expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).toContain(own)
    await containers.ok('delete', '--force', 'm')
    expect(existsSync(`/sys/fs/cgroup/${own}`)).toBe(false)
  })

  it('what cannot be is said, and leaves nothing', async () => {
    const other = joining('pid', process.pid)
    const refused = await containers.run('create', '-b', member('true', other), 'm')
    expect(refused.status).toBe(1)
    expect(refused.stderr).toMatch(
      /^runsc: config\.json: linux\.namespaces\[\d\]\.path: no container of the sandbox "s" has this pid namespace\n$/,
    )
    expect(await containers.stateOf('m')).toBeUndefined()
    const lost: Change = spec => {
      spec.annotations = { [FAMILIES.containerd[0]]: 'container', [FAMILIES.containerd[1]]: 'no' }
    }
    expect(
      (await containers.run('create', '-b', containers.bundle('true', lost), 'm')).stderr,
    ).toBe('runsc: annotations.io.kubernetes.cri.sandbox-id: container does not exist: "no"\n')
    const nobody: Change = spec => {
      spec.annotations = { [FAMILIES.containerd[0]]: 'container' }
    }
    expect(
      (await containers.run('create', '-b', containers.bundle('true', nobody), 'm')).stderr,
    ).toBe(
      'runsc: annotations.io.kubernetes.cri.sandbox-id: required with container-type "container"\n',
    )
    await containers.ok('create', '-b', member('true'), 'm')
    expect((await containers.run('create', '-b', member('true'), 'm')).stderr).toContain(
      'already exists',
    )
  })
})

describe('the end of the sandbox is the end of its containers', () => {
  const start = async () => {
    await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 's')
    await containers.ok('run', '-d', '-b', member('exec sleep 500'), 'm')
    await containers.ok('create', '-b', member('exec sleep 500'), 'n')
    return [await pidOf('m'), await pidOf('n')]
  }
  const gone = async (pids: readonly number[]) => {
    for (const pid of pids) expect(await ended(pid)).toBe(true)
    for (const id of ['m', 'n']) expect((await containers.stateOf(id))!.status).toBe('stopped')
    expect((await containers.run('exec', 'm', 'true')).stderr).toContain('stopped container')
    for (const id of ['m', 'n']) await containers.ok('delete', id)
  }

  it('when it ends', async () => {
    const pids = await start()
    await containers.ok('kill', 's', 'KILL')
    await gone(pids)
    await containers.ok('delete', 's')
  })

  it('when it is deleted', async () => {
    const pids = await start()
    await containers.ok('delete', '--force', 's')
    await gone(pids)
  })

  it('when it crashes', async () => {
    const pids = await start()
    kill(await pidOf('s'), 'SIGKILL')
    await gone(pids)
    expect((await containers.stateOf('s'))!.status).toBe('stopped')
    const late = await containers.run('create', '-b', member('true'), 'm')
    expect(late.stderr).toContain(': the sandbox "s" has stopped\n')
    await containers.ok('delete', 's')
  })
})

describe('by the namespace that it joins, without annotations', () => {
  it("a container's: it lives in that one's sandbox", async () => {
    await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 's')
    const path = `/proc/${await pidOf('s')}/ns/ipc`
    const bundle = containers.bundle('exec sleep 500', spec => {
      spec.linux!.namespaces = [{ type: 'ipc', path }, { type: 'pid' }, { type: 'mount' }]
    })
    await containers.ok('run', '-d', '-b', bundle, 'm')
    const boot = 'cat /proc/sys/kernel/random/boot_id'
    expect(await exec('m', boot)).toBe(await exec('s', boot))
    for (const id of ['m', 's']) await containers.ok('delete', '--force', id)
  })

  it.each(['ipc', 'uts', 'pid', 'user'] as const)("the host's %s: refused", async type => {
    const bundle = containers.bundle('true', spec => {
      const others = spec.linux!.namespaces!.filter(it => it.type !== type)
      spec.linux!.namespaces = [...others, { type, path: `/proc/self/ns/${type}` }]
    })
    const { stderr, status } = await containers.run('create', '-b', bundle, 'm')
    expect(status).toBe(1)
    expect(stderr).toMatch(
      new RegExp(
        `^runsc: config\\.json: linux\\.namespaces\\[\\d\\]\\.path: a sandbox cannot join an? ${type} namespace of the host; leave the path out\n$`,
      ),
    )
    expect(await containers.stateOf('m')).toBeUndefined()
  })
})

describe.skipIf(process.getuid!() !== 0)('a network namespace of the host (root)', () => {
  const network = (path: string) =>
    containers.bundle('sleep 100', spec => {
      const others = spec.linux!.namespaces!.filter(it => it.type !== 'network')
      spec.linux!.namespaces = [...others, { type: 'network', path }]
    })

  it('has the sandbox process in it, and no device of it in the guest', async () => {
    const holder = spawn('unshare', ['-n', 'sleep', '100'])
    const net = (pid: number) => readlinkSync(`/proc/${pid}/ns/net`)
    while (net(holder.pid!) === net(process.pid)) await pause(20)
    try {
      const bundle = network(`/proc/${holder.pid}/ns/net`)
      await containers.ok('run', '-d', '-b', bundle, 's')
      const pid = await pidOf('s')
      expect(net(pid)).toBe(net(holder.pid!))
      expect(readlinkSync(`/proc/${pid}/ns/user`)).not.toBe(readlinkSync('/proc/self/ns/user'))
      expect(await exec('s', 'grep -o "[a-z0-9]*:" /proc/net/dev')).toBe('lo:\n')
      await containers.ok('delete', '--force', 's')
    } finally {
      holder.kill()
    }
  })

  it('that is none is refused', async () => {
    const refused = async (path: string) =>
      (await containers.run('create', '-b', network(path), 's')).stderr
    const member = /^runsc: config\.json: linux\.namespaces\[\d\]\.path: /
    expect(await refused('/no/such')).toMatch(
      new RegExp(`${member.source}/no/such: cannot join: no such file or directory\n$`),
    )
    expect(await refused('/proc/self/ns/uts')).toMatch(
      new RegExp(`${member.source}/proc/self/ns/uts: cannot join: invalid argument\n$`),
    )
  })
})
