// What config.json asks for, seen from inside the container. (runsc tests)

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bundles, type Change } from './bundle.ts'

const bundles = new Bundles()
afterAll(() => bundles.remove())

/** Lines of the script's output; it must succeed and complain of nothing. */
function lines(script: string, change: Change = () => {}): string[] {
  const { stdout, stderr, status } = bundles.sh(script, change)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout.trimEnd().split('\n')
}

const allSets = <T>(names: T) => ({
  bounding: names,
  effective: names,
  inheritable: names,
  permitted: names,
  ambient: names,
})

describe('the process', () => {
  it('has its arguments, environment, directory', () => {
    const { stdout } = bundles.run(({ process }) => {
      process.args = ['sh', '-c', 'printf "%s\\n" "$0" "$@"; env | sort; pwd', 'grün', '', 'a b']
      process.env = ['PATH=/bin', 'EMPTY=', 'HOME=/nowhere', 'U=ö']
      process.cwd = '/usr/bin'
    })
    const env = ['EMPTY=', 'HOME=/nowhere', 'PATH=/bin', 'PWD=/usr/bin', 'SHLVL=1', 'U=ö']
    expect(stdout.split('\n')).toEqual(['grün', '', 'a b', ...env, '/usr/bin', ''])
  })

  it('has a directory that is made for it where there is none', () => {
    const inNone = ({ process, root }: Parameters<Change>[0]) => {
      process.cwd = '/no/such/place'
      root!.readonly = true
    }
    expect(lines('pwd; stat -c "%a %u" .', inNone)).toEqual(['/no/such/place', '755 0'])
  })

  it('has its user, groups, umask, capabilities, limits', () => {
    const shown = lines(
      'id; umask; grep -E "^(Cap|NoNew)" /proc/self/status; ulimit -n; ulimit -Hn; ulimit -c',
      ({ process }) => {
        process.user = { uid: 1000, gid: 1001, additionalGids: [5, 6], umask: 0o27 }
        process.capabilities = allSets(['CAP_CHOWN', 'CAP_KILL'])
        process.rlimits = [
          { type: 'RLIMIT_NOFILE', soft: 100, hard: 200 },
          { type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 },
        ]
        process.noNewPrivileges = true
      },
    )
    expect(shown).toEqual([
      'uid=1000 gid=1001 groups=5,6',
      '0027',
      'CapInh:\t0000000000000021',
      'CapPrm:\t0000000000000021',
      'CapEff:\t0000000000000021',
      'CapBnd:\t0000000000000021',
      'CapAmb:\t0000000000000021',
      'NoNewPrivs:\t1',
      '100',
      '200',
      '0',
    ])
  })

  it('loses capabilities at exec as an ordinary user, and keeps privileges away', () => {
    const [effective, flag] = lines(
      'grep CapEff /proc/self/status; grep NoNew /proc/self/status',
      c => {
        c.process.user = { uid: 5, gid: 5 }
        c.process.capabilities = { ...allSets(['CAP_CHOWN']), ambient: [] }
        c.process.noNewPrivileges = false
      },
    )
    expect([effective, flag]).toEqual(['CapEff:\t0000000000000000', 'NoNewPrivs:\t0'])
  })

  it('has itself what execve makes of capabilities, as root and as an ordinary user', () => {
    const held = (uid: number) =>
      lines('', ({ process }) => {
        process.args = ['grep', '-E', '^Cap(Prm|Eff)', '/proc/self/status']
        process.user = { uid, gid: uid }
        process.capabilities = {
          ...allSets(['CAP_KILL', 'CAP_CHOWN']),
          effective: ['CAP_KILL'],
          inheritable: [],
          ambient: [],
        }
      })
    expect(held(0)).toEqual(['CapPrm:\t0000000000000021', 'CapEff:\t0000000000000021'])
    expect(held(5)).toEqual(['CapPrm:\t0000000000000000', 'CapEff:\t0000000000000000'])
  })
})

describe('the machine', () => {
  it('has its names and settings; those of the network that do not exist are in the log', () => {
    const log = join(bundles.directory, 'log')
    const script = 'hostname; uname -n; cd /proc/sys/kernel; cat domainname msgmax shmmax'
    const bundle = bundles.make(spec => {
      spec.process.args = ['sh', '-c', script]
      spec.hostname = 'machine'
      spec.domainname = 'domain'
      spec.linux!.sysctl = {
        'kernel.msgmax': '1234',
        'kernel.shmmax': '5',
        'net.no.such': '1',
        'net.core.default_qdisc': 'fq',
      }
    })
    const flags = ['--ignore-cgroups', '--log', log, '--log-format', 'json']
    const { stdout, stderr } = bundles.runsc(...flags, 'run', bundle)
    expect({ stdout, stderr }).toEqual({
      stdout: 'machine\nmachine\ndomain\n1234\n5\n',
      stderr: '',
    })
    const entries = readFileSync(log, 'utf8').trimEnd().split('\n')
    expect(entries.map(entry => JSON.parse(entry))).toEqual([
      {
        level: 'warning',
        msg: 'linux.sysctl: net.no.such: this kernel has no such setting; ignored',
        time: expect.any(String),
      },
      {
        level: 'warning',
        msg: 'linux.sysctl: net.core.default_qdisc: this kernel does not let it be changed; ignored',
        time: expect.any(String),
      },
    ])
  })

  it('has the default devices, terminals, shared memory', () => {
    const script = `cd /dev; stat -c '%n %F %a %t,%T' null zero full random urandom tty ptmx
      for i in fd stdin stdout stderr ptmx; do readlink $i; done; stat -c '%a %F' shm mqueue pts/ptmx
      echo x > null; head -c 3 zero | od -An -tx1; head -c 4 urandom | wc -c; echo y > full`
    const { stdout, stderr } = bundles.sh(script)
    expect(stdout.trimEnd().split('\n')).toEqual([
      'null character special file 666 1,3',
      'zero character special file 666 1,5',
      'full character special file 666 1,7',
      'random character special file 666 1,8',
      'urandom character special file 666 1,9',
      'tty character special file 666 5,0',
      'ptmx symbolic link 777 0,0',
      '/proc/self/fd',
      '/proc/self/fd/0',
      '/proc/self/fd/1',
      '/proc/self/fd/2',
      'pts/ptmx',
      '1777 directory',
      '1777 directory',
      '666 character special file',
      ' 00 00 00',
      '4',
    ])
    expect(stderr).toContain('No space left on device')
  })
})

describe('mounts', () => {
  const host = join(bundles.directory, 'host')
  beforeAll(() => {
    mkdirSync(join(host, 'sub'), { recursive: true })
    writeFileSync(join(host, 'file'), 'of the host\n')
    writeFileSync(join(host, 'sub/x'), 'x\n')
    writeFileSync(join(bundles.rootfs, 'etc/real'), 'of the root\n')
    symlinkSync('/etc', join(bundles.rootfs, 'etclink'))
    symlinkSync('real', join(bundles.rootfs, 'etc/link'))
    symlinkSync('../../../../etc/real', join(bundles.rootfs, 'etc/far'))
  })

  it('are listed in the order of the configuration, with its sources', () => {
    const wanted: string[] = []
    const shown = lines('cat /proc/self/mountinfo', ({ mounts, linux }) => {
      mounts!.push(
        {
          destination: '/new/dir',
          type: 'tmpfs',
          source: 'one',
          options: ['ro', 'noexec', 'sync', 'dirsync'],
        },
        { destination: '/proc/fs', type: 'tmpfs', source: 'late' },
        { destination: '/data', type: 'bind', source: host, options: ['rbind', 'nosuid', 'ro'] },
        { destination: '/data/sub', type: 'tmpfs', source: 'with space', options: ['noatime'] },
      )
      wanted.push(...mounts!.map(mount => mount.destination))
      linux!.maskedPaths = linux!.readonlyPaths = []
    })
    // With version 1 cgroups there is one for each hierarchy.
    const fields = shown
      .map(line => line.split(' '))
      .filter(([, , , , at]) => !/fs\/cgroup\/./.test(at!))
    expect(fields.map(field => field[4])).toEqual(['/', ...wanted])
    const ids = fields.map(field => Number(field[0]))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    const show = (line: string) => line.replace(/^\d+ \d+ [\d:]+ /, '')
    expect(shown.slice(-4).map(show)).toEqual([
      '/ /new/dir ro,noexec,relatime - tmpfs one rw,sync,dirsync',
      '/ /proc/fs rw,relatime - tmpfs late rw',
      // A part of a file system of the host: which, as after a bind mount.
      `${host} /data ro,nosuid,relatime - 9p ${host} rw,cache=none`,
      '/ /data/sub rw,noatime - tmpfs with\\040space rw',
    ])
  })

  it('bind directories and files, over links, in places that were missing, read-only or not', () => {
    const shown = lines(
      `cat /data/file /etc/real /etc/new; echo changed > /etc/real; cat /etc/far
       mkdir /data/made; ! echo x 2>/dev/null > /ro/file; ls /ro; ! touch /ro/new 2>/dev/null
       echo in > /ro/sub/in; cat /ro/sub/in; stat -c %F /deep/er/file`,
      ({ mounts }) => {
        mounts!.push(
          { destination: '/data', type: 'bind', source: host, options: ['bind'] },
          { destination: '/etc/link', type: 'bind', source: join(host, 'file'), options: ['bind'] },
          { destination: '/etclink/new', type: 'none', source: `${host}/sub/x`, options: ['bind'] },
          { destination: '/ro', type: 'bind', source: host, options: ['rbind', 'ro'] },
          { destination: '/ro/sub', type: 'tmpfs', source: 'tmpfs' },
          {
            destination: '/deep/er/file',
            type: 'bind',
            source: `${host}/sub/x`,
            options: ['bind'],
          },
        )
      },
    )
    const expected = ['of the host', 'of the host', 'x', 'changed', 'file', 'made', 'sub', 'in']
    expect(shown).toEqual([...expected, 'regular file'])
    expect(readFileSync(join(host, 'file'), 'utf8')).toBe('changed\n')
    expect(existsSync(join(host, 'made'))).toBe(true)
    expect(existsSync(join(host, 'sub/in'))).toBe(false)
    expect(readFileSync(join(bundles.rootfs, 'etc/real'), 'utf8')).toBe('of the root\n')
  })

  it.skipIf(process.getuid!() !== 0)(
    '(root) options of a bind hold for mounts below it if recursive',
    () => {
      const outer = join(bundles.directory, 'outer')
      const inner = join(outer, 'in ner')
      mkdirSync(outer)
      execFileSync('mount', ['-t', 'tmpfs', 'none', outer])
      try {
        mkdirSync(inner)
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'nodev', 'none', inner])
        const shown = lines(
          `for at in /ro /rro /rw; do touch $at/x 2>/dev/null || echo $at; touch "$at/in ner/x" 2>/dev/null || echo $at in
         done; awk '$5 ~ "^/r[orw]" { print $5, $6 }' /proc/self/mountinfo`,
          ({ mounts }) => {
            const bind = { type: 'bind', source: outer }
            mounts!.push(
              { ...bind, destination: '/ro', options: ['rbind', 'ro', 'noexec', 'rnosuid'] },
              { ...bind, destination: '/rro', options: ['rbind', 'rro'] },
              { ...bind, destination: '/rw', options: ['rbind'] },
            )
          },
        )
        expect(shown).toEqual([
          '/ro',
          '/rro',
          '/rro in',
          '/ro ro,nosuid,noexec,relatime',
          '/ro/in\\040ner rw,nosuid,nodev,relatime',
          '/rro ro,relatime',
          '/rw rw,relatime',
        ])
        expect([existsSync(join(outer, 'x')), existsSync(join(inner, 'x'))]).toEqual([true, true])
      } finally {
        execFileSync('umount', ['-R', outer])
      }
    },
  )

  it('tmpfs keeps to its options', () => {
    const shown = lines(
      `stat -c '%a %u %g' /t; dd if=/dev/zero of=/t/f bs=1k count=100 2>/dev/null || stat -c %s /t/f
       rm /t/f; for i in 1 2 3 4 5; do touch /t/$i 2>/dev/null || break; done; ls /t | wc -l
       cp /bin/busybox /x; ! /x/busybox true 2>/dev/null; ! touch /r/f 2>/dev/null; echo end`,
      ({ mounts }) => {
        const t = ['size=64k', 'nr_inodes=4', 'mode=1757', 'uid=3', 'gid=4']
        mounts!.push(
          { destination: '/t', type: 'tmpfs', source: 't', options: t },
          { destination: '/x', type: 'tmpfs', source: 'x', options: ['noexec'] },
          { destination: '/r', type: 'tmpfs', source: 'r', options: ['ro'] },
        )
      },
    )
    expect(shown).toEqual(['1757 3 4', '65536', '3', 'end'])
  })

  it('proc, sysfs, cgroup and mqueue are there', () => {
    const shown = lines(
      `readlink /proc/self/exe; cat /proc/1/comm; ls -d /sys/kernel
      cut -d: -f3 /proc/self/cgroup | sort -u; grep -c mqueue /proc/mounts
      cd /sys/fs/cgroup; cat cgroup.procs */cgroup.procs 2>/dev/null | sort -u | head -1`,
      ({ linux }) => {
        linux!.namespaces!.push({ type: 'cgroup' })
      },
    )
    expect(shown).toEqual(['/bin/busybox', 'sh', '/sys/kernel', '/', '1', '1'])
  })

  it('masked paths are empty, read-only ones cannot be written, missing ones do not matter', () => {
    const shown = lines(
      `ls /etc | wc -l; wc -c < /usr/secret; ! touch /etc/x 2>/dev/null; ! touch /ro/x 2>/dev/null
       ! echo 1 2>/dev/null > /proc/sys/kernel/msgmax; ls /ro; touch /tmp/ok; rm /tmp/ok`,
      ({ mounts, linux }) => {
        writeFileSync(join(bundles.rootfs, 'usr/secret'), 'secret')
        mounts!.push({
          destination: '/ro',
          type: 'bind',
          source: join(host, 'sub'),
          options: ['bind'],
        })
        linux!.maskedPaths = ['/etc', '/usr/secret', '/no/such']
        linux!.readonlyPaths = ['/ro', '/proc/sys', '/no/such']
      },
    )
    expect(shown).toEqual(['0', '0', 'x'])
  })

  it('a read-only root is read-only, its mounts are not', () => {
    const { stdout, stderr } = bundles.sh(
      'touch /x; echo y > /etc/real; mkdir /tmp/z; echo ok > /w/ok; cat /w/ok; grep " / / " /proc/self/mountinfo',
      ({ root, mounts }) => {
        root!.readonly = true
        mounts!.push({ destination: '/w', type: 'tmpfs', source: 'w' })
      },
    )
    expect(stdout).toMatch(/^ok\n1 1 0:\d+ \/ \/ ro,relatime - 9p none rw\n$/)
    expect(stderr.match(/Read-only file system/g)).toHaveLength(3)
    expect(existsSync(join(bundles.rootfs, 'w'))).toBe(false)
  })
})
