// Containers in the sandbox, with the runtimes of others: their control groups, and what those say of devices.

import { afterAll, expect, test } from 'vitest'
import { Bundles } from './bundle.ts'
import { installed, sandboxed } from './sandbox.ts'

const bundles = new Bundles()
afterAll(() => bundles.remove())

/** Groups with members give their children no controllers: everybody moves out of the root first. */
const GROUPS = `mount -t cgroup2 none /sys/fs/cgroup
mkdir /sys/fs/cgroup/init
xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs 2>/dev/null
echo '+cpu +memory +pids' >/sys/fs/cgroup/cgroup.subtree_control`

const SCRIPT = `cat /proc/self/cgroup
mknod /dev/other c 1 11
for device in null zero other; do head -c 3 /dev/$device 2>&1 >/dev/null; done
cd /sys/fs/cgroup; cat pids.max memory.max cpu.max
(head -c 200m /dev/zero | tail >/dev/null; echo "too much: $?") 2>/dev/null
grep kill memory.events
(for i in 1 2 3 4 5 6 7 8; do sleep 1 & done) 2>&1 | head -n 1`

const isRoot = process.getuid?.() === 0

for (const runtime of ['crun', 'runc'])
  test.skipIf(!isRoot || !installed(runtime))(
    `${runtime} inside: a group with limits and rules (needs root and ${runtime})`,
    () => check(runtime),
  )

function check(runtime: string): void {
  const bundle = bundles.make(spec => {
    // What crun 1.8 knows.
    spec.ociVersion = '1.0.2'
    spec.process.args = ['sh', '-c', SCRIPT]
    spec.process.capabilities = Object.fromEntries(
      ['bounding', 'effective', 'permitted'].map(set => [set, ['CAP_MKNOD']]),
    )
    spec.mounts?.push({ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup' })
    spec.linux!.namespaces?.push({ type: 'cgroup' })
    spec.linux!.resources = {
      devices: [
        { allow: false, access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
      ],
      pids: { limit: 5 },
      memory: { limit: 64 << 20 },
      cpu: { quota: 50_000, period: 100_000 },
    }
  })
  const script = `${GROUPS}; cd ${bundle}; ${runtime} --root /dev/shm/state run inner; ${runtime} --root /dev/shm/state list -q`
  const { stdout, stderr, status } = sandboxed(['sh', '-c', script])
  expect(stderr).toBe('')
  expect(stdout).toBe(`0::/
head: /dev/other: Operation not permitted
5
67108864
50000 100000
too much: 137
oom_kill 1
oom_group_kill 0
sh: can't fork: Resource temporarily unavailable
`)
  expect(status).toBe(0)
}
