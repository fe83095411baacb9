// The host cgroup of a container: names, settings, and the machine's own hierarchies. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Cgroup, type CgroupOptions, type CgroupState } from '../src/cgroup/cgroup.ts'
import { parseCgroupsPath } from '../src/cgroup/cgroup-path.ts'
import { type Hierarchy, hostHierarchies, parseHierarchies } from '../src/cgroup/hierarchies.ts'
import { prepareMoves } from '../src/cgroup/prepare-moves.ts'
import { CgroupFiles } from '../src/cgroup/setting.ts'
import { settingsV1 } from '../src/cgroup/settings-v1.ts'
import { settingsV2 } from '../src/cgroup/settings-v2.ts'

describe('linux.cgroupsPath', () => {
  const parse = (path: string | undefined, driver: 'cgroupfs' | 'systemd' = 'cgroupfs') =>
    parseCgroupsPath(path, { id: 'c1', driver, rootless: false })

  it('is a path from the top or from here, and never leads out', () => {
    expect(parse('/a/b')).toEqual({ path: '/a/b' })
    expect(parse('a/b')).toEqual({ path: 'a/b' })
    expect(parse(undefined)).toEqual({ path: 'c1' })
    expect(parse('../../x')).toEqual({ path: 'x' })
    expect(parse('/../../x/../y')).toEqual({ path: '/y' })
    expect(() => parse('/..')).toThrow('linux.cgroupsPath: expected the name of a cgroup')
  })

  it('is slice:prefix:name for systemd', () => {
    expect(parse('a-b.slice:docker:x', 'systemd')).toEqual({
      path: '/a.slice/a-b.slice/docker-x.scope',
      unit: { name: 'docker-x.scope', slice: 'a-b.slice' },
    })
    expect(parse(undefined, 'systemd').path).toBe('/system.slice/runc-c1.scope')
    expect(parse('-.slice::pod.slice', 'systemd').path).toBe('/pod.slice')
    for (const bad of ['/a/b', 'a:b', 'x:y:z', 'a--b.slice:p:n', 's.slice:a/b:c', 's.slice:p:'])
      expect(() => parse(bad, 'systemd'), bad).toThrow('linux.cgroupsPath: expected')
  })
})

describe('the hierarchies', () => {
  it('are found by controller, in a container too', () => {
    const mountinfo = `30 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
31 30 0:28 /docker/x /sys/fs/cgroup/cpu,cpuacct rw master:1 - cgroup cgroup rw,cpu,cpuacct
32 30 0:29 / /with\\040space rw - cgroup systemd rw,name=systemd
33 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`
    const own = '3:cpu,cpuacct:/docker/x/y\n2:name=systemd:/\n1:pids:/not/mounted\n0::/me\n'
    const cpu = { version: 1, mountPoint: '/sys/fs/cgroup/cpu,cpuacct' }
    expect(Object.fromEntries(parseHierarchies(mountinfo, own))).toEqual({
      cpu: { ...cpu, own: `${cpu.mountPoint}/y`, isInside: true },
      cpuacct: { ...cpu, own: `${cpu.mountPoint}/y`, isInside: true },
      'name=systemd': { version: 1, mountPoint: '/with space', own: '/with space', isInside: true },
      '': {
        version: 2,
        mountPoint: '/sys/fs/cgroup/unified',
        own: '/sys/fs/cgroup/unified/me',
        isInside: true,
      },
    })
  })

  it('may be mounted so that this process is not in them', () => {
    const mountinfo = '31 30 0:28 /docker/x /cg/pids rw - cgroup cgroup rw,pids\n'
    expect(parseHierarchies(mountinfo, '3:pids:/elsewhere\n').get('pids')).toEqual({
      ...{ version: 1, mountPoint: '/cg/pids', own: '/cg/pids', isInside: false },
    })
  })

  it('stay as they are when moves are prepared: a child is moved to where it is', async () => {
    const own = mkdtempSync(join(tmpdir(), 'runsc-cgroup-'))
    try {
      const procs = join(own, 'cgroup.procs')
      writeFileSync(procs, '')
      const here: Hierarchy = { version: 2, mountPoint: own, own, isInside: true }
      await prepareMoves(undefined, () => new Map([['', here]]))
      await prepareMoves(4242, () => new Map([['', { ...here, isInside: false }]]))
      await prepareMoves(4242, () => new Map([['', { ...here, own: '/nowhere' }]]))
      await prepareMoves(4242, () => new Map())
      expect(readFileSync(procs, 'utf8')).toBe('')
      // Not 0: this process may be moved by others meanwhile.
      await prepareMoves(4242, () => new Map([['', here]]))
      expect(readFileSync(procs, 'utf8')).toBe('4242')
    } finally {
      rmSync(own, { recursive: true })
    }
  })
})

describe('linux.resources', () => {
  const none = new CgroupFiles('/nonexistent')
  const resources = {
    memory: { limit: 100, swap: 150, reservation: 50, swappiness: 10 },
    cpu: { shares: 1024, quota: 5000, period: 10_000, cpus: '0-1' },
    pids: { limit: 7 },
    blockIO: {
      weight: 1000,
      throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 600 }],
    },
    hugepageLimits: [{ pageSize: '2MB', limit: 2 ** 21 }],
  }
  const written = (settings: typeof settingsV1) =>
    Object.entries(settings).flatMap(([, of]) =>
      of(resources, none).map(({ file, value }) => `${file}=${value}`),
    )

  it('are the files of version 1', () => {
    expect(written(settingsV1)).toEqual([
      'memory.memsw.limit_in_bytes=150',
      'memory.limit_in_bytes=100',
      'memory.soft_limit_in_bytes=50',
      'memory.swappiness=10',
      'cpu.shares=1024',
      'cpu.cfs_period_us=10000',
      'cpu.cfs_quota_us=5000',
      'cpuset.cpus=0-1',
      'pids.max=7',
      'blkio.weight=1000',
      'blkio.throttle.read_bps_device=8:0 600',
      'hugetlb.2MB.limit_in_bytes=2097152',
      'hugetlb.2MB.rsvd.limit_in_bytes=2097152',
    ])
  })

  it('are the files of version 2, numbers converted', () => {
    expect(written(settingsV2)).toEqual([
      'memory.swap.max=50',
      'memory.max=100',
      'memory.low=50',
      'cpu.weight=39',
      'cpu.max=5000 10000',
      'cpuset.cpus=0-1',
      'pids.max=7',
      'io.weight=default 10000',
      'io.max=8:0 rbps=600',
      'hugetlb.2MB.max=2097152',
      'hugetlb.2MB.rsvd.max=2097152',
    ])
    expect(() => settingsV2['memory']!({ memory: { swap: 5 } }, none)).toThrow('memory.limit')
  })
})

/** A hierarchy that takes new cgroups, as root's do. */
const isWritable = [...hostHierarchies().values()].some(({ mountPoint }) => {
  try {
    accessSync(mountPoint, constants.W_OK)
    return process.getuid?.() === 0
  } catch {
    return false
  }
})

describe.skipIf(!isWritable)('the cgroups of this machine (needs root)', () => {
  const warnings: string[] = []
  const undo: (() => unknown)[] = []
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step()
    warnings.length = 0
  })
  const top = `/tsvisor-test-${process.pid}`
  const warn = (message: string) => void warnings.push(message)
  const make = (options: Partial<CgroupOptions>): Cgroup => {
    const cgroup = Cgroup.create({
      id: 'c1',
      alias: () => 'c1-other',
      path: `${top}/c1`,
      driver: 'cgroupfs',
      resources: undefined,
      rootless: false,
      warn,
      alert: warn,
      record: () => {},
      ...options,
    })
    undo.push(() => cgroup.remove(warn))
    return cgroup
  }
  const sleeper = (): ChildProcess & { pid: number } => {
    const child = spawn('sleep', ['100'])
    undo.push(() => child.kill('SIGKILL'))
    return child as ChildProcess & { pid: number }
  }

  it('limit, count, and go away with what was made above them', async () => {
    const resources = { memory: { limit: 64 << 20 }, cpu: { quota: 50_000 }, pids: { limit: 9 } }
    const made = make({ resources })
    const child = sleeper()
    made.add(child.pid)
    const cgroup = Cgroup.load(JSON.parse(JSON.stringify(made)))
    expect(cgroup.pids()).toEqual([child.pid])
    expect(cgroup.stats()).toMatchObject({
      memory: { usage: { limit: 64 << 20 } },
      pids: { current: 1, limit: 9 },
    })
    expect(cgroup.memoryKills()).toEqual({ count: 0, limit: 64 << 20 })
    cgroup.update({ memory: { limit: 128 << 20 }, pids: { limit: -1 } }, () => {})
    expect(cgroup.stats()).toMatchObject({
      memory: { usage: { limit: 128 << 20 } },
      pids: { current: 1 },
    })
    expect(cgroup.stats().pids.limit).toBeUndefined()
    child.kill('SIGKILL')
    await cgroup.remove(warn)
    await cgroup.remove(warn)
    expect(Object.values(made.state.paths).filter(path => existsSync(dirname(path)))).toEqual([])
    expect(cgroup.pids()).toEqual([])
    expect(warnings).toEqual([])
  })

  it('are on record before they are there, with what is to be made above them', () => {
    const records: unknown[] = []
    const cgroup = make({
      record(state) {
        const there = [...Object.values(state.paths), ...state.parents].filter(existsSync)
        records.push({ state, there })
      },
    })
    expect(records).toEqual([{ state: cgroup.state, there: [] }])
    expect(cgroup.state.parents.length).toBeGreaterThan(0)
  })

  it('are named after the container, or its alias where that name is taken', async () => {
    const id = `tsvisor-test-id-${process.pid}`
    const options = { id, alias: () => `${id}-alias`, path: undefined }
    const names = (cgroup: Cgroup) =>
      new Set(Object.values(cgroup.state.paths).map(path => basename(path)))
    const records: CgroupState[] = []
    const first = make(options)
    const second = make({ ...options, record: state => void records.push(state) })
    expect([names(first), names(second)]).toEqual([new Set([id]), new Set([`${id}-alias`])])
    expect(records).toEqual([second.state])
    await second.remove(warn)
    expect(Object.values(first.state.paths).every(existsSync)).toBe(true)
  })

  it('below this process’s own for a relative path', () => {
    const cgroup = make({ path: 'tsvisor-test-relative' })
    const child = sleeper()
    cgroup.add(child.pid)
    const own = readFileSync('/proc/self/cgroup', 'utf8')
    const memory = /:memory:(.*)$/m.exec(own)?.[1]
    if (memory !== undefined) {
      const member = join(memory, 'tsvisor-test-relative')
      expect(readFileSync(`/proc/${child.pid}/cgroup`, 'utf8')).toContain(`:memory:${member}\n`)
    }
    expect(cgroup.pids()).toEqual([child.pid])
  })

  it('count the processes that the host killed for want of memory', async () => {
    const cgroup = make({ resources: { memory: { limit: 16 << 20, swap: 16 << 20 } } })
    const eater = spawn('sh', ['-c', 'read go; exec dd if=/dev/zero of=/dev/null bs=64M count=1'])
    cgroup.add(eater.pid!)
    eater.stdin.end('\n')
    const signal = await new Promise(resolve => eater.once('exit', (_, name) => resolve(name)))
    expect(signal).toBe('SIGKILL')
    expect(cgroup.memoryKills()).toEqual({ count: 1, limit: 16 << 20 })
  })

  it('are left to those who are in them, which is said; frozen ones are refused', async () => {
    const cgroup = make({})
    const child = sleeper()
    cgroup.add(child.pid)
    make({})
    expect(warnings).toEqual(["container's cgroup is not empty: 1 process(es) found"])
    await cgroup.remove(warn)
    expect(warnings[1]).toMatch(new RegExp(`stays: process ${child.pid} is in it$`))
    const { freezer, '': unified } = cgroup.state.paths
    const [file, on, off] =
      freezer === undefined
        ? [join(unified!, 'cgroup.freeze'), '1', '0']
        : [join(freezer, 'freezer.state'), 'FROZEN', 'THAWED']
    writeFileSync(file!, on!)
    const records: CgroupState[] = []
    const record = (state: CgroupState) => void records.push(state)
    expect(() => make({ record })).toThrow("container's cgroup unexpectedly frozen: ")
    // Whoever cleans up after the failure must leave it alone.
    expect(records.at(-1)!.paths).toEqual({})
    writeFileSync(file!, off!)
  })

  it('are refused with the member’s name, and leave nothing', () => {
    const refused = (resources: NonNullable<CgroupOptions['resources']>) => () =>
      make({ resources })
    expect(refused({ cpu: { cpus: '9999' } })).toThrow('linux.resources.cpu.cpus: the host refuses')
    expect(refused({ unified: { 'x/y': '1' } })).toThrow('resources.unified["x/y"]: expected')
    expect(refused({ unified: { 'no.such': '1' } })).toThrow(
      'unified["no.such"]: invalid configuration: ',
    )
    const left = [...hostHierarchies().values()].filter(({ mountPoint }) =>
      existsSync(join(mountPoint, top)),
    )
    expect(left).toEqual([])
  })

  it('are a warning where there are none, unless limits are asked for', () => {
    const hierarchies = new Map()
    const cgroup = make({ hierarchies, resources: { devices: [{ allow: false }] } })
    cgroup.add(process.pid)
    expect([cgroup.pids(), cgroup.memoryKills().count]).toEqual([[], 0])
    expect(() => make({ hierarchies, resources: { pids: { limit: 5 } } })).toThrow(
      'linux.resources.pids.limit: this machine has no pids cgroups',
    )
    make({ hierarchies, resources: { pids: { limit: -1 }, memory: {} } })
  })

  it.skipIf(existsSync('/run/systemd/system'))('systemd’s path without systemd', () => {
    const cgroup = make({ driver: 'systemd', path: 'tsvisor-test.slice:x:y' })
    expect(Object.values(cgroup.state.paths)[0]).toMatch(
      /\/tsvisor\.slice\/tsvisor-test\.slice\/x-y\.scope$/,
    )
    expect(warnings).toEqual([
      '--systemd-cgroup: systemd does not run on this machine; its cgroup is made without it',
    ])
  })
})
