// Every kind of mistake in config.json, and what is said about it. (oci-spec test)

import { describe, expect, it } from 'vitest'
import { formatIssue, parseConfig, SpecError, validateConfig } from '../src/index.ts'
import { broken, issuesOf, type Loose } from './samples.ts'

const mistakes: [string, (spec: Loose) => void, string][] = [
  [
    'a number for a string',
    s => (s.process.args[0] = 3),
    'process.args[0]: expected a string, found number 3',
  ],
  [
    'a NUL in an argument',
    s => (s.process.args[0] = 'a\0b'),
    'process.args[0]: expected a string without NUL, found string "a\\u0000b"',
  ],
  [
    'no arguments',
    s => (s.process.args = []),
    'process.args: expected at least one argument, found an empty array',
  ],
  [
    'an empty program name',
    s => (s.process.args = ['']),
    'process.args[0]: expected the name of a program, found string ""',
  ],
  [
    'arguments as a string',
    s => (s.process.args = 'sh -c'),
    'process.args: expected an array, found string "sh -c"',
  ],
  [
    'process as an array',
    s => (s.process = []),
    'process: expected an object, found an empty array',
  ],
  ['no root', s => delete s.root, 'root: expected an object, but it is missing'],
  ['null for root', s => (s.root = null), 'root: expected an object, but it is missing'],
  [
    'an empty root path',
    s => (s.root.path = ''),
    'root.path: expected a string that is not empty and has no NUL, found string ""',
  ],
  [
    'readonly as text',
    s => (s.root.readonly = 'yes'),
    'root.readonly: expected true or false, found string "yes"',
  ],
  [
    'no version',
    s => delete s.ociVersion,
    'ociVersion: expected a version 1.x.y, compatible with 1.2.1, but it is missing',
  ],
  [
    'a foreign major version',
    s => (s.ociVersion = '2.0.0'),
    'ociVersion: expected a version 1.x.y, compatible with 1.2.1, found string "2.0.0"',
  ],
  [
    'a version of two parts',
    s => (s.ociVersion = '1.2'),
    'ociVersion: expected a version 1.x.y, compatible with 1.2.1, found string "1.2"',
  ],
  [
    'a relative cwd',
    s => (s.process.cwd = 'home'),
    'process.cwd: expected an absolute path, found string "home"',
  ],
  [
    'no cwd',
    s => delete s.process.cwd,
    'process.cwd: expected an absolute path, but it is missing',
  ],
  [
    'env without =',
    s => (s.process.env = ['PATH']),
    'process.env[0]: expected a string of the form NAME=value, found string "PATH"',
  ],
  [
    'env without a name',
    s => (s.process.env = ['=x']),
    'process.env[0]: expected a string of the form NAME=value, found string "=x"',
  ],
  [
    'a negative uid',
    s => (s.process.user.uid = -1),
    'process.user.uid: expected an integer from 0 to 4294967294, found number -1',
  ],
  [
    'a uid of no one',
    s => (s.process.user.uid = 0xffffffff),
    'process.user.uid: expected an integer from 0 to 4294967294, found number 4294967295',
  ],
  [
    'a uid with a fraction',
    s => (s.process.user.uid = 1.5),
    'process.user.uid: expected an integer from 0 to 4294967294, found number 1.5',
  ],
  [
    'a bad extra group',
    s => (s.process.user.additionalGids = ['0']),
    'process.user.additionalGids[0]: expected an integer from 0 to 4294967294, found string "0"',
  ],
  [
    'a bad umask',
    s => (s.process.user.umask = 0o1000),
    'process.user.umask: expected an integer from 0 to 511, found number 512',
  ],
  [
    'a soft limit above the hard',
    s => (s.process.rlimits[0].soft = 2048),
    'process.rlimits[0].soft: expected at most the hard limit 1024, found number 2048',
  ],
  [
    'a limit twice',
    s => s.process.rlimits.push(s.process.rlimits[0]),
    'process.rlimits[1].type: "RLIMIT_NOFILE" is already in process.rlimits[0]',
  ],
  [
    'an oom score out of range',
    s => (s.process.oomScoreAdj = 1001),
    'process.oomScoreAdj: expected an integer from -1000 to 1000, found number 1001',
  ],
  [
    'a console of text',
    s => (s.process.consoleSize = { height: 'x', width: 80 }),
    'process.consoleSize.height: expected an integer from 0 to 65535, found string "x"',
  ],
  [
    'a real-time priority without its policy',
    s => (s.process.scheduler = { policy: 'SCHED_OTHER', priority: 5 }),
    'process.scheduler.priority: expected 0 with SCHED_OTHER, found number 5',
  ],
  [
    'a relative mount',
    s => (s.mounts[0].destination = 'proc'),
    'mounts[0].destination: expected an absolute path, found string "proc"',
  ],
  [
    'a bind of nothing',
    s => s.mounts.push({ destination: '/x', type: 'bind' }),
    'mounts[7].source: expected a path to bind, but it is missing',
  ],
  [
    'mount options as text',
    s => (s.mounts[0].options = 'ro'),
    'mounts[0].options: expected an array, found string "ro"',
  ],
  [
    'a relative hook',
    s => (s.hooks = { poststop: [{ path: 'x' }] }),
    'hooks.poststop[0].path: expected an absolute path, found string "x"',
  ],
  [
    'a hook without time',
    s => (s.hooks = { prestart: [{ path: '/x', timeout: 0 }] }),
    'hooks.prestart[0].timeout: expected an integer from 1 to 2147483647, found number 0',
  ],
  [
    'a hook without argv',
    s => (s.hooks = { prestart: [{ path: '/x', args: [] }] }),
    'hooks.prestart[0].args: expected at least one',
  ],
  [
    'a namespace twice',
    s => s.linux.namespaces.push({ type: 'pid' }),
    'linux.namespaces[5].type: "pid" is already in linux.namespaces[0]',
  ],
  [
    'a relative namespace path',
    s => (s.linux.namespaces[0].path = 'x'),
    'linux.namespaces[0].path: expected an absolute path, found string "x"',
  ],
  [
    'mappings without a user namespace',
    s => (s.linux.uidMappings = [{ containerID: 0, hostID: 0, size: 1 }]),
    'linux.uidMappings: given, but linux.namespaces has no "user" namespace',
  ],
  [
    'a device without numbers',
    s => (s.linux.devices = [{ path: '/dev/x', type: 'c', major: 1 }]),
    'linux.devices[0].minor: expected an integer for a device of type "c", but it is missing',
  ],
  [
    'a device type',
    s => (s.linux.devices = [{ path: '/dev/x', type: 'x' }]),
    'linux.devices[0].type: expected one of "c", "b", "u", "p", found string "x"',
  ],
  [
    'a relative masked path',
    s => (s.linux.maskedPaths = ['proc']),
    'linux.maskedPaths[0]: expected an absolute path, found string "proc"',
  ],
  [
    'a relative readonly path',
    s => (s.linux.readonlyPaths = ['proc']),
    'linux.readonlyPaths[0]: expected an absolute path, found string "proc"',
  ],
  [
    'a memory limit of text',
    s => (s.linux.resources.memory = { limit: '1g' }),
    'linux.resources.memory.limit: expected an integer from -2^63 to 2^63-1, found string "1g"',
  ],
  [
    'a device rule',
    s => (s.linux.resources.devices[0].access = 'x'),
    'linux.resources.devices[0].access: expected a combination of the letters "rwm", found string "x"',
  ],
  [
    'a huge page size',
    s => (s.linux.resources.hugepageLimits = [{ pageSize: '2M', limit: 1 }]),
    'linux.resources.hugepageLimits[0].pageSize: expected a size such as "64KB", "2MB" or "1GB", found string "2M"',
  ],
  [
    'no syscall names',
    s =>
      (s.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: [], action: 'SCMP_ACT_ERRNO' }],
      }),
    'linux.seccomp.syscalls[0].names: expected a list of at least one system call name, found an empty array',
  ],
  [
    'a seccomp argument index',
    s =>
      (s.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          {
            names: ['read'],
            action: 'SCMP_ACT_ERRNO',
            args: [{ index: 6, value: 0, op: 'SCMP_CMP_EQ' }],
          },
        ],
      }),
    'linux.seccomp.syscalls[0].args[0].index: expected an integer from 0 to 5, found number 6',
  ],
  [
    'an annotation that is no text',
    s => (s.annotations = { 'a b': 1 }),
    'annotations["a b"]: expected a string, found number 1',
  ],
  [
    'a setting of the network without a network of its own',
    s => {
      s.linux.sysctl = { 'net.ipv4.ip_forward': '1' }
      s.linux.namespaces = [{ type: 'uts' }]
    },
    'linux.sysctl["net.ipv4.ip_forward"]: given, but linux.namespaces has no "network" namespace',
  ],
  [
    'a setting of IPC likewise, in the other notation',
    s => {
      s.linux.sysctl = { 'fs/mqueue/queues_max': '100' }
      s.linux.namespaces = [{ type: 'network' }]
    },
    'linux.sysctl["fs/mqueue/queues_max"]: given, but linux.namespaces has no "ipc" namespace',
  ],
  [
    'the host name as a setting',
    s => (s.linux.sysctl = { 'kernel.hostname': 'x' }),
    'linux.sysctl["kernel.hostname"]: not allowed, "hostname" sets it',
  ],
  [
    'a long host name',
    s => (s.hostname = 'x'.repeat(65)),
    'hostname: expected at most 64 characters, found 65',
  ],
]

describe('a mistake in config.json', () => {
  for (const [name, edit, line] of mistakes) {
    it(name, () => {
      expect(issuesOf(() => validateConfig(broken(edit)))).toEqual([line])
    })
  }

  it('letters of a device rule that nobody knows are a warning, beside some that are known', () => {
    const { spec, warnings } = validateConfig(
      broken(s => (s.linux.resources.devices[0].access = 'rwa')),
    )
    expect(spec.linux!.resources!.devices![0]!.access).toBe('rw')
    expect(warnings.map(formatIssue)).toEqual([
      'linux.resources.devices[0].access: "rwa": all but "rw" ignored: no such letters',
    ])
  })

  it('a capability that nobody knows is a warning, what is no name an error', () => {
    const bounding = (...names: unknown[]) =>
      broken(s => (s.process.capabilities = { bounding: names }))
    const { spec, warnings } = validateConfig(bounding('CAP_FLY', 'CAP_CHOWN', 'CAP_SWIM'))
    expect(spec.process!.capabilities!.bounding).toEqual(['CAP_CHOWN'])
    expect(warnings.map(formatIssue)).toEqual([
      'process.capabilities.bounding[0]: ignored: no such name, "CAP_FLY"',
      'process.capabilities.bounding[2]: ignored: no such name, "CAP_SWIM"',
    ])
    expect(issuesOf(() => validateConfig(bounding('CAP_FLY', 3)))).toEqual([
      'process.capabilities.bounding[1]: expected a string, found number 3',
    ])
  })

  it('a capability that nobody knows is an error in a configuration of version 1.0', () => {
    const old = broken(s => {
      s.ociVersion = '1.0.1'
      s.process.capabilities = { bounding: ['CAP_FLY'] }
    })
    expect(issuesOf(() => validateConfig(old))).toEqual([
      'process.capabilities.bounding[0]: refused: no such name, "CAP_FLY"',
    ])
  })

  it('an unknown name lists the allowed ones', () => {
    const limit = issuesOf(() =>
      validateConfig(broken(s => (s.process.rlimits[0].type = 'NOFILE'))),
    )
    expect(limit[0]).toMatch(/^process\.rlimits\[0\]\.type: expected one of "RLIMIT_AS", /)
    const namespace = issuesOf(() =>
      validateConfig(broken(s => (s.linux.namespaces[0].type = 'net'))),
    )
    expect(namespace[0]).toContain('expected one of "pid", "network", "mount"')
  })

  it('several are all reported, shape and rules of different sections alike', () => {
    const lines = issuesOf(() =>
      validateConfig(
        broken(s => {
          s.process.cwd = 'x'
          s.process.args = [1, 'a', true]
          s.linux.namespaces.push({ type: 'uts' })
          s.hostname = 'x'.repeat(100)
        }),
      ),
    )
    expect(lines).toEqual([
      'process.args[0]: expected a string, found number 1',
      'process.args[2]: expected a string, found boolean true',
      'process.cwd: expected an absolute path, found string "x"',
      'linux.namespaces[5].type: "uts" is already in linux.namespaces[3]',
      'hostname: expected at most 64 characters, found 100',
    ])
  })

  it('a document that is no object', () => {
    expect(issuesOf(() => validateConfig('x'))).toEqual(['expected an object, found string "x"'])
    expect(issuesOf(() => parseConfig('[]'))).toEqual(['expected an object, found an empty array'])
    expect(issuesOf(() => parseConfig('null'))).toEqual(['expected an object, found null'])
  })

  it('very many make a short message and a full list', () => {
    const args = Array.from({ length: 500 }, (_, i) => i)
    try {
      validateConfig(broken(s => (s.process.args = args)))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(SpecError)
      expect((error as SpecError).issues).toHaveLength(500)
      expect((error as SpecError).message.split('\n')).toHaveLength(21)
      expect((error as SpecError).message).toContain('… and 480 more')
    }
  })
})

describe('what is accepted', () => {
  it('unknown members, with a warning, and they are gone from the result', () => {
    const { spec, warnings } = validateConfig(
      broken(s => {
        s.extra = 1
        s.process.user.nick = 'x'
      }),
    )
    expect(warnings.map(w => w.path).sort()).toEqual(['extra', 'process.user.nick'])
    expect('extra' in spec).toBe(false)
    expect(spec.process?.user).toEqual({ uid: 0, gid: 0 })
  })

  it('null as absent', () => {
    const { spec } = validateConfig(broken(s => (s.process.env = null)))
    expect('env' in spec.process!).toBe(false)
  })

  it('limits as large as 64 bits', () => {
    const text = JSON.stringify(
      broken(s => (s.process.rlimits = [{ type: 'RLIMIT_CORE', soft: 0, hard: 'MAX' }])),
    ).replace('"MAX"', '18446744073709551615')
    expect(parseConfig(text).spec.process?.rlimits?.[0]?.hard).toBe(2 ** 64)
  })

  it('versions of major 1', () => {
    for (const version of ['1.0.0', '1.0.2-dev', '1.1.0-rc.1', '1.3.0', '1.2.0+build.5']) {
      expect(validateConfig(broken(s => (s.ociVersion = version))).spec.ociVersion).toBe(version)
    }
  })

  it('data is copied, not changed', () => {
    const data = broken(s => (s.extra = { deep: null })) as Loose
    validateConfig(data)
    expect(data.extra).toEqual({ deep: null })
  })
})
