// runsc called by an engine of an ordinary user, as root of a user namespace. (runsc tests)

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SpecProcess } from '@tsvisor/oci-spec'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostHierarchies, UNIFIED } from '../src/cgroup/hierarchies.ts'
import { isWhole, parseIdMap } from '../src/user-namespace.ts'
import { Bundles, type Change } from './bundle.ts'
import { isReachable } from './reachable.ts'
import { CLI, type Outcome } from './sandbox.ts'
import { USER, UserNamespace } from './user-namespace.ts'

describe('/proc/PID/uid_map', () => {
  it.each([
    ['         0          0 4294967295\n', true],
    ['         0       1000          1\n', false],
    ['         0          0      65536\n', false],
    ['0 1000 1\n1 100000 65536\n', false],
    ['0 0 4294967295\n4294967295 5 1\n', false],
    ['', false],
  ])('%j: whether it is the machine: %s', (map, whole) =>
    expect(isWhole(parseIdMap(map))).toBe(whole),
  )
})

const MANY = '         0          0          1\n         1          1      65536\n'
const ONE = '         0          0          1\n'
const canRun = process.getuid?.() === 0 && isReachable(CLI) && isReachable(process.execPath)

describe.skipIf(!canRun)('root of a user namespace', () => {
  const bundles = new Bundles()
  let home: string
  let log: string
  const spaces: UserNamespace[] = []
  let many: UserNamespace
  let one: UserNamespace

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'runsc-home-'))
    log = join(home, 'run.log')
    execFileSync('chown', ['-R', `${USER}:${USER}`, bundles.directory, home])
    chmodSync(bundles.directory, 0o755)
    spaces.push((many = new UserNamespace(65_537)), (one = new UserNamespace(1)))
  })
  afterAll(() => {
    for (const space of spaces) space.end()
    rmSync(home, { recursive: true })
    bundles.remove()
  })

  const env = () => ({ HOME: home, XDG_RUNTIME_DIR: home, USER: 'user' })
  const call = (space: UserNamespace, ...args: string[]): Outcome =>
    space.run([process.execPath, CLI, ...args], { env: env() })
  /** Into a file, as what lives on holds on to a pipe. */
  const create = (space: UserNamespace, bundle: string, id: string): Outcome => {
    const text = 'log=$0/log; "$@" </dev/null >$log 2>&1; code=$?; cat $log; exit $code'
    const command = [process.execPath, CLI, '--walls=required', 'create', '--bundle', bundle, id]
    return space.run(['sh', '-c', text, home, ...command], { env: env() })
  }
  const script = (space: UserNamespace, text: string, change: Change = () => {}): Outcome => {
    const bundle = bundles.make(spec => {
      spec.process.args = ['sh', '-c', text]
      change(spec)
    })
    rmSync(log, { force: true })
    return call(space, '--walls=required', '--log', log, 'run', '--bundle', bundle, 'c')
  }

  it('a container from its creation to its end, kept where the user can write', () => {
    const bundle = bundles.make(spec => {
      spec.process.args = ['sleep', '100']
    })
    expect(create(many, bundle, 'c1')).toEqual({ stdout: '', stderr: '', status: 0 })
    const steps = [
      ['start', 'c1'],
      ['exec', 'c1', 'sh', '-c', 'echo inside; id -u'],
      ['pause', 'c1'],
      ['list', '-q'],
      ['resume', 'c1'],
      ['kill', 'c1', 'KILL'],
      ['wait', 'c1'],
      ['delete', 'c1'],
      ['list', '-q'],
    ]
    const outcomes = steps.map(args => call(many, '--walls=required', ...args))
    expect(outcomes.map(({ stderr }) => stderr).join('')).toBe('')
    expect(outcomes.map(({ stdout }) => stdout).join('')).toBe(
      'inside\n0\nc1\n{\n  "id": "c1",\n  "exitStatus": 137\n}\n',
    )
    expect(statSync(join(home, 'runsc')).uid).toBe(USER)
  })

  it.each([
    ['many ids', () => many],
    ['one id', () => one],
  ])('every wall stands, and ids are those of the namespace: %s', (_, space) => {
    const text = 'cat /proc/self/uid_map; touch /f; chown 7 /f; stat -c %u /f; rm -f /f; id -u'
    const { stdout, stderr, status } = script(space(), text, spec => {
      const own = ['CAP_CHOWN'] as const
      spec.process.capabilities = { bounding: [...own], permitted: [...own], effective: [...own] }
    })
    const [map, owner, problem] =
      space() === many ? [MANY, 7, ''] : [ONE, 0, 'chown: /f: Invalid argument\n']
    expect({ stdout, stderr, status }).toEqual({
      stdout: `${map}${owner}\n0\n`,
      stderr: problem,
      status: 0,
    })
  })

  it('ids that a container does not have are refused, in words', () => {
    const as = (space: UserNamespace, user: Partial<NonNullable<SpecProcess['user']>>) =>
      script(space, 'id', spec => {
        spec.process.user = { uid: 0, gid: 0, ...user }
      })
    const wrong = (member: string, id: number, which: string) => ({
      stdout: '',
      stderr: `runsc: process.user.${member}: ${id}: invalid argument: not in /proc/self/${which}_map (an ordinary user's come from /etc/sub${which})\n`,
      status: 128,
    })
    expect(as(many, { uid: 65_536 }).stdout).toMatch(/^uid=65536/)
    expect(as(many, { uid: 65_537 })).toEqual(wrong('uid', 65_537, 'uid'))
    expect(as(one, { gid: 1 })).toEqual(wrong('gid', 1, 'gid'))
    expect(as(one, { additionalGids: [0, 5] })).toEqual(wrong('additionalGids[1]', 5, 'gid'))
  })

  it("a user namespace in that one: the container's files are whose its maps say", () => {
    // As podman's --userns=keep-id for user 1000.
    const maps = [
      { containerID: 0, hostID: 1, size: 1000 },
      { containerID: 1000, hostID: 0, size: 1 },
      { containerID: 1001, hostID: 1001, size: 64_536 },
    ]
    const text = 'id -u; stat -c %u /root; echo >/root/kept; stat -c %u /root/kept'
    const { stdout, stderr } = script(many, text, spec => {
      spec.process.user = { uid: 1000, gid: 1000 }
      spec.linux!.namespaces!.push({ type: 'user' })
      spec.linux!.uidMappings = spec.linux!.gidMappings = maps
    })
    expect({ stdout, stderr }).toEqual({ stdout: '1000\n1000\n1000\n', stderr: '' })
    expect(statSync(join(bundles.rootfs, 'root/kept')).uid).toBe(USER)
  })

  it("a network of the user's, who could not come back to the machine's", () => {
    const bundle = bundles.make(spec => {
      spec.process.args = ['sleep', '100']
      const network = spec.linux!.namespaces!.find(({ type }) => type === 'network')!
      network.path = many.network
    })
    expect(create(many, bundle, 'c2')).toEqual({ stdout: '', stderr: '', status: 0 })
    const { pid } = JSON.parse(call(many, 'state', 'c2').stdout) as { pid: number }
    expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(readlinkSync(many.network))
    expect(call(many, 'delete', '--force', 'c2')).toEqual({ stdout: '', stderr: '', status: 0 })
    const elsewhere = script(one, 'true', spec => {
      spec.linux!.namespaces!.find(({ type }) => type === 'network')!.path = '/proc/self/ns/net'
    })
    expect(elsewhere).toEqual({
      stdout: '',
      stderr:
        'runsc: config.json: linux.namespaces[1].path: /proc/self/ns/net: cannot join: operation not permitted\n',
      status: 128,
    })
  })

  it('without a cgroup: a limit cannot be had, and everything else can', () => {
    const limited = script(many, 'echo ran', spec => {
      spec.linux!.resources = { memory: { limit: 64 << 20 } }
    })
    expect(limited.stderr).toMatch(
      /^runsc: linux\.resources\.memory\.limit: .*(leave the limit out, or have a cgroup delegated|has no memory cgroups)/,
    )
    expect(limited).toMatchObject({ stdout: '', status: 128 })
    const unlimited = script(many, 'echo ran', spec => {
      spec.linux!.resources = { devices: [{ allow: false, access: 'rwm' }] }
    })
    expect(unlimited).toEqual({ stdout: 'ran\n', stderr: '', status: 0 })
  })

  it("with a cgroup that is the user's, but where nobody may be moved", ({ skip }) => {
    const unified = hostHierarchies().get(UNIFIED)
    if (unified === undefined) return skip('needs version 2 cgroups')
    const name = `tsvisor-test-user-${process.pid}`
    const directory = join(unified.mountPoint, name)
    mkdirSync(directory)
    try {
      execFileSync('chown', ['-R', `${USER}:${USER}`, directory])
      const { stdout, stderr } = script(many, 'echo ran', spec => {
        spec.linux!.cgroupsPath = `/${name}/c`
      })
      expect({ stdout, stderr }).toEqual({ stdout: 'ran\n', stderr: '' })
      expect(readFileSync(log, 'utf8')).toContain(`${directory}/c: permission denied`)
      expect(existsSync(join(directory, 'c'))).toBe(false)
    } finally {
      rmdirSync(directory)
    }
  })
})
