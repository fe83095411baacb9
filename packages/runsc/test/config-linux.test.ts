// The linux section of config.json, mount options and what is not supported, seen from inside. (runsc tests)

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Bundles, type Change } from './bundle.ts'

/** Whose limits need cgroups, which an ordinary user can rarely make. */
const isRoot = process.getuid!() === 0
const bundles = new Bundles()
afterAll(() => bundles.remove())

const BIND = { destination: '/data', type: 'bind', source: '/tmp' }

/** Lines of the script's output; it must complain of nothing. */
function lines(script: string, change: Change = () => {}): string[] {
  const { stdout, stderr } = bundles.sh(script, change)
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

describe('what is not there', () => {
  const fails = (change: Change) => {
    const { stdout, stderr, status } = bundles.sh('echo ran', change)
    return { stdout, status, message: stderr.replace(/^runsc: \S*config\.json: |\n$/g, '') }
  }

  it('is refused by name, with nothing run', () => {
    const refused = (message: string) => ({ stdout: '', status: 128, message })
    expect(fails(({ mounts }) => mounts!.push({ ...BIND, options: ['rbind', 'idmap'] }))).toEqual(
      refused('mounts[7].options[1]: idmap: there are no id-mapped mounts'),
    )
    const path = '/proc/self/ns/user'
    expect(fails(({ linux }) => linux!.namespaces!.push({ type: 'user', path }))).toEqual(
      refused(
        'linux.namespaces[5].path: a sandbox cannot join a user namespace of the host; leave the path out',
      ),
    )
    const twice: Change = spec => {
      spec.domainname = 'one'
      spec.linux!.sysctl = { 'kernel.domainname': 'two' }
    }
    expect(fails(twice)).toEqual(
      refused('linux.sysctl["kernel.domainname"]: "two" contradicts domainname, "one"'),
    )
    expect(fails(({ linux }) => (linux!.sysctl = { 'vm.no_such': '1' })).message).toBe(
      'runsc: linux.sysctl: vm.no_such: this kernel has no such setting',
    )
    const timeOffsets = { boottime: { secs: 1 } }
    expect(fails(({ linux }) => Object.assign(linux!, { timeOffsets })).message).toBe(
      'linux.timeOffsets: not supported: there are no time namespaces',
    )
  })

  it('or warned about by name', () => {
    const log = join(bundles.directory, 'warnings')
    const bundle = bundles.make(({ process, linux }) => {
      process.args = ['true']
      process.apparmorProfile = 'docker-default'
      linux!.mountLabel = 'label'
      linux!.intelRdt = { closID: 'x' }
    })
    // An ordinary user can rarely make a cgroup, which is in the log as well.
    const flags = ['--ignore-cgroups', '--log', log, '--log-format', 'json']
    bundles.runsc(...flags, 'run', bundle)
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line).msg)).toEqual([
      "config.json: process.apparmorProfile: ignored: the guest's kernel has no AppArmor",
      "config.json: linux.mountLabel: ignored: the guest's kernel has no SELinux",
      'config.json: linux.intelRdt: ignored: cache and bandwidth are not allocated',
    ])
  })
})

describe('linux', () => {
  it('devices are nodes; the host has none of them, and opening one without a driver is ENXIO', () => {
    const shown = lines(
      `stat -c '%n %F %a %u %t,%T' /dev/one /dev/two /dev/null /new/three
       cat /dev/one 2>&1; cat /dev/two 2>&1; echo x > /new/three`,
      ({ linux }) => {
        linux!.devices = [
          { path: '/dev/one', type: 'c', major: 10, minor: 666, fileMode: 0o640, uid: 3 },
          { path: '/dev/two', type: 'b', major: 8, minor: 17 },
          { path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o100600 },
          { path: '/new/three', type: 'u', major: 1, minor: 3 },
        ]
        linux!.resources = {}
      },
    )
    expect(shown).toEqual([
      '/dev/one character special file 640 3 a,29a',
      '/dev/two block special file 666 0 8,11',
      '/dev/null character special file 600 0 1,3',
      '/new/three character special file 666 0 1,3',
      "cat: can't open '/dev/one': No such device or address",
      "cat: can't open '/dev/two': No such device or address",
    ])
    expect(existsSync(join(bundles.rootfs, 'new/three'))).toBe(false)
  })

  it('rules say which devices may be used; the default ones always may', () => {
    const script =
      'for i in 1 2 3; do cat /dev/$i; echo x >/dev/$i; done 2>&1; echo x >/dev/null; head -c1 /dev/zero | wc -c; mknod /dev/x c 7 1; mknod /dev/y b 7 1'
    const shown = lines(`${script} 2>&1`, ({ process, linux }) => {
      for (const set of Object.values(process.capabilities!)) set?.push('CAP_MKNOD')
      const number = (minor: number) => ({ type: 'c', major: 10, minor }) as const
      linux!.devices = [1, 2, 3].map(minor => ({ path: `/dev/${minor}`, ...number(minor) }))
      linux!.resources = {
        devices: [
          { allow: false, access: 'rwm' },
          { allow: true, ...number(2) },
          { allow: true, ...number(3), access: 'r' },
        ],
      }
    })
    const no = 'Operation not permitted'
    const none = 'No such device or address'
    expect(shown).toEqual([
      `cat: can't open '/dev/1': ${no}`,
      `sh: can't create /dev/1: ${no}`,
      `cat: can't open '/dev/2': ${none}`,
      `sh: can't create /dev/2: ${none}`,
      `cat: can't open '/dev/3': ${none}`,
      `sh: can't create /dev/3: ${no}`,
      '1',
    ])
  })

  it('devices and masks work where nothing is mounted on /dev', () => {
    const shown = lines(
      'stat -c %F /dev/zero /dev/two; cat /etc/real | wc -c; echo x > /dev/null',
      ({ mounts, linux }) => {
        writeFileSync(join(bundles.rootfs, 'etc/real'), 'of the root\n')
        mounts!.length = 1
        linux!.devices = [{ path: '/dev/two', type: 'p' }]
        linux!.maskedPaths = ['/etc/real']
      },
    )
    expect(shown).toEqual(['character special file', 'fifo', '0'])
  })

  it.skipIf(!isRoot)('(root) limits show as the machine and in the files of the cgroup', () => {
    const shown = lines(
      `grep MemTotal /proc/meminfo; nproc; cd /sys/fs/cgroup
       cat memory.max memory/memory.limit_in_bytes 2>/dev/null; cat pids.max pids/pids.max 2>/dev/null
       cat cpu.max cpu/cpu.cfs_quota_us 2>/dev/null; cat cpu.weight cpu/cpu.shares 2>/dev/null`,
      ({ linux }) => {
        linux!.resources = {
          memory: { limit: 256 << 20 },
          pids: { limit: 100 },
          cpu: { quota: 50_000, period: 100_000, shares: 512 },
        }
      },
    )
    const [total, cpus, ...files] = shown
    expect([total, cpus]).toEqual(['MemTotal:         262144 kB', '1'])
    const v1 = ['268435456', '100', '50000', '512']
    expect([v1, ['268435456', '100', '50000 100000', '20']]).toContainEqual(files)
  })

  it('seccomp filters the guest', () => {
    const shown = lines(
      'mkdir /tmp/d 2>&1; chmod 700 /tmp 2>&1; grep Seccomp /proc/self/status',
      ({ linux }) => {
        linux!.seccomp = {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [
            { names: ['mkdir', 'mkdirat', 'nothing_such'], action: 'SCMP_ACT_ERRNO', errnoRet: 30 },
            {
              names: ['chmod', 'fchmodat'],
              action: 'SCMP_ACT_ERRNO',
              args: [{ index: 1, value: 0o700, op: 'SCMP_CMP_EQ' }],
            },
          ],
        }
      },
    )
    expect(shown).toEqual([
      "mkdir: can't create directory '/tmp/d': Read-only file system",
      'chmod: /tmp: Operation not permitted',
      'Seccomp:\t2',
      'Seccomp_filters:\t1',
    ])
  })

  it('seccomp filters startContainer hooks too', () => {
    const { stderr, status } = bundles.sh('echo ran', spec => {
      spec.hooks = { startContainer: [{ path: '/bin/sh', args: ['sh', '-c', 'mkdir /tmp/foo'] }] }
      spec.linux!.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_KILL' }],
      }
    })
    expect(stderr).toBe(
      'runsc: error running hook: startContainer /bin/sh: killed by SIGSYS (bad system call)\n',
    )
    expect(status).toBe(128)
  })

  it('personality, id maps, scheduling are what was asked for', () => {
    const shown = lines(
      'uname -m; cat /proc/self/uid_map /proc/self/gid_map; cut -d" " -f 40,41 /proc/self/stat; ionice',
      ({ process, linux }) => {
        linux!.personality = { domain: 'LINUX32' }
        linux!.namespaces!.push({ type: 'user' })
        linux!.uidMappings = [
          { containerID: 0, hostID: 0, size: 1000 },
          { containerID: 1000, hostID: 5000, size: 1 },
        ]
        linux!.gidMappings = [{ containerID: 0, hostID: 0, size: 70_000 }]
        process.scheduler = { policy: 'SCHED_RR', priority: 7 }
        process.ioPriority = { class: 'IOPRIO_CLASS_BE', priority: 6 }
      },
    )
    expect(shown).toEqual([
      'i686',
      '         0          0       1000',
      '      1000       5000          1',
      '         0          0      70000',
      '7 2',
      'best-effort: prio 6',
    ])
  })
})

describe('mount options', () => {
  it('tmpcopyup fills a tmpfs, nosymfollow and propagation show', () => {
    const shown = lines(
      `ls /etc; cat /etc/deep/file; readlink /etc/deep/link; touch /etc/new; grep -c . /etc/passwd
       grep -E ' /(etc|data) ' /proc/self/mountinfo | cut -d' ' -f 4-`,
      ({ mounts }) => {
        mkdirSync(join(bundles.rootfs, 'copied/deep'), { recursive: true })
        mounts!.push(
          { destination: '/etc', type: 'tmpfs', source: 't', options: ['tmpcopyup', 'mode=755'] },
          { ...BIND, options: ['rbind', 'rro', 'rnosuid', 'nosymfollow', 'rshared'] },
        )
        mkdirSync(join(bundles.rootfs, 'etc/deep'), { recursive: true })
        writeFileSync(join(bundles.rootfs, 'etc/deep/file'), 'copied\n')
        symlinkSync('nowhere', join(bundles.rootfs, 'etc/deep/link'))
      },
    )
    expect(shown).toContain('deep')
    expect(shown.slice(shown.indexOf('copied'))).toEqual([
      'copied',
      'nowhere',
      '1',
      '/ /etc rw,relatime - tmpfs t rw,mode=755',
      expect.stringMatching(/^\/tmp \/data ro,nosuid,relatime,nosymfollow shared:\d+ - 9p \/tmp /),
    ])
    expect(existsSync(join(bundles.rootfs, 'etc/new'))).toBe(false)
  })

  it.each([
    ['rshared', ['/ shared', '/proc shared', '/own shared', '/data private', 'heard']],
    ['shared', ['/ shared', '/proc private', '/own shared', '/data private', 'heard']],
    ['rslave', ['/ private', '/proc private', '/own shared', '/data private', 'not heard']],
    ['', ['/ private', '/proc private', '/own shared', '/data private', 'not heard']],
    [
      'runbindable',
      ['/ unbindable', '/proc unbindable', '/own shared', '/data private', 'not bound'],
    ],
  ])('rootfsPropagation "%s"', (rootfsPropagation, expected) => {
    const shown = lines(
      `for at in / /proc /own /data
       do awk -v at=$at '$5 == at {sub(":.*", "", $7); sub("-", "private", $7); print at, $7}' /proc/self/mountinfo
       done
       mkdir -p /bound /new
       mount -o bind / /bound 2>/dev/null || { echo not bound; exit; }
       mount -t tmpfs t /new && touch /new/here
       if [ -e /bound/new/here ]; then echo heard; else echo not heard; fi`,
      ({ process, linux, mounts }) => {
        for (const set of ['bounding', 'effective', 'permitted'] as const)
          process.capabilities![set]!.push('CAP_SYS_ADMIN')
        if (rootfsPropagation) linux!.rootfsPropagation = rootfsPropagation as 'shared'
        mounts!.push(
          { destination: '/own', type: 'tmpfs', source: 't', options: ['rshared'] },
          { ...BIND, options: ['rbind', 'rprivate'] },
        )
      },
    )
    expect(shown).toEqual(expected)
  })
})
